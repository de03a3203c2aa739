// The server draws pages in the theme that this cookie names; without one it takes the system's.
if (!document.cookie.includes("c360_theme=")) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.cookie = `c360_theme=${dark ? "dark" : "light"}; path=/; max-age=31536000; samesite=strict`;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
