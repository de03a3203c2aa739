// Marks the page with the theme before it is drawn, and takes care that "skip to the content" moves the focus too.
{
  const chosen = /c360_theme=(light|dark)/.exec(document.cookie);
  document.documentElement.dataset.theme = chosen ? chosen[1] : "light";
}
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a.skip")) {
    event.preventDefault();
    document.getElementById("content").focus();
  }
});
