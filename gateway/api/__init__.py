"""The status API: what happened to every document and every order, over HTTP, for those who hold a key."""
