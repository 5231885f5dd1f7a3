// What htmx needs on this site: the CSRF header, and a plain word whenever a request fails.
import { csrfToken } from "./csrf.js";
import { sentence, toast } from "./toast.js";

const SAFE = new Set(["get", "head", "options"]);
const loginPath = document.querySelector('meta[name="login-path"]')?.content;

document.addEventListener("htmx:configRequest", (event) => {
  if (!SAFE.has(event.detail.verb)) event.detail.headers["X-CSRFToken"] = csrfToken();
});

// A session that ended answers with the sign-in page; it must not land in the middle of a form.
document.addEventListener("htmx:beforeSwap", (event) => {
  const address = event.detail.xhr.responseURL;
  if (!loginPath || !address || new URL(address).pathname !== loginPath) return;
  event.detail.shouldSwap = false;
  fail(sentence("signedOut"), { url: loginPath, text: sentence("signIn") });
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  // The server has its own words: they are shown as they come.
  if (/"toast"/.test(xhr.getResponseHeader("HX-Trigger") ?? "")) return;
  if (xhr.status === 401 && loginPath) {
    fail(sentence("signedOut"), { url: loginPath, text: sentence("signIn") });
    return;
  }
  fail(sentence(`status-${xhr.status}`) || sentence(xhr.status >= 500 ? "status-500" : "status-400"));
});
document.addEventListener("htmx:sendError", () => fail(sentence("network")));
document.addEventListener("htmx:timeout", () => fail(sentence("timeout")));

function fail(reason, link = null) {
  toast({ kind: "error", text: sentence("error") + reason, more: sentence("kept"), link });
}
