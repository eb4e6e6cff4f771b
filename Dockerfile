# Build: docker build -t chatbot .
# Run:   docker run -v chat:/data chatbot        (settings in /data/chatbot.toml)
FROM python:3.13-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY chatbot chatbot
RUN uv venv /app && uv pip install --no-cache --python /app ".[postgres,notify]"

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /data chatbot
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 CHATBOT_CONFIG=/data/chatbot.toml
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["chatbot", "health"]
ENTRYPOINT ["chatbot"]
CMD ["run"]
