// The search box: asks the index beside this page, writes results as text, never as markup.
const query = document.getElementById("query");
const found = document.getElementById("found");
const told = document.getElementById("told");
const index = await import("./pagefind/pagefind.js").catch(() => null);
if (index === null) told.textContent = "The search box works on a web server only.";

const entry = (result) => {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = result.url;
  link.textContent = result.title;
  const words = document.createElement("span");
  words.className = "aside";
  words.textContent = new DOMParser().parseFromString(result.excerpt, "text/html").body.textContent;
  item.append(link, words);
  return item;
};

query.addEventListener("input", async () => {
  const search = index && await index.debouncedSearch(query.value);
  if (!search) return;
  const pages = await Promise.all(search.results.slice(0, 20).map((result) => result.data()));
  const results = pages.flatMap((page) => page.sub_results.map((part) => ({ ...part, title: `${part.title} · ${page.meta.title}` })));
  told.textContent = query.value ? `${results.length} found` : "";
  found.replaceChildren(...results.map(entry));
});
