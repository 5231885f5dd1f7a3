// The token that Django asks of every request that writes, for scripts that call fetch.

/** Return the page's CSRF token; send it as the header X-CSRFToken, to this site only. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}
