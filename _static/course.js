// What two buttons of the theme do. It writes that into an attribute, which the page's policy
// refuses (tools/site/policy.py).
for (const button of document.querySelectorAll(".btn-fullscreen-button"))
  button.addEventListener("click", () => toggleFullScreen());
for (const button of document.querySelectorAll(".btn-download-pdf-button"))
  button.addEventListener("click", () => print());

// The theme gives life to the first button of a kind alone. The first one stands in the upper bar,
// which course.css hides; the others do what it does.
for (const kind of [".primary-toggle", ".secondary-toggle"]) {
  const [first, ...others] = document.querySelectorAll(kind);
  for (const button of others) button.addEventListener("click", () => first.click());
}
