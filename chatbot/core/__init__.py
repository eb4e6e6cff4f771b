"""The nouns: values and pure rules. Nothing here touches a network, a disk, a database or a clock."""
