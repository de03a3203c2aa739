// Marks the page with the theme before it is drawn, and takes care that "skip to the content" moves the focus too.
{
  const chosen = /c360_theme=(light|dark)/.exec(document.cookie);
  document.documentElement.dataset.theme = chosen ? chosen[1] : "light";
}
// The editor has no place for a name: whoever cannot see it is told so.
new MutationObserver(() => {
  for (const editor of document.querySelectorAll(".cm-content:not([aria-label])")) editor.setAttribute("aria-label", "Query");
}).observe(document.documentElement, { childList: true, subtree: true });
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a.skip")) {
    event.preventDefault();
    document.getElementById("content").focus();
  }
});
// A page whose session has ended shows nothing new any more: it makes room for the form, and comes back after it.
setInterval(async () => {
  if (!window.socket || window.socket.connected) return;
  const answer = await fetch("/session").catch(() => null);
  if (answer?.ok && (await answer.text()).trim() === "no") location.reload();
}, 2000);
