// What two buttons of the theme do. It writes that into an attribute, which the page's policy
// refuses (tools/site/policy.py).
for (const button of document.querySelectorAll(".btn-fullscreen-button"))
  button.addEventListener("click", () => toggleFullScreen());
for (const button of document.querySelectorAll(".btn-download-pdf-button"))
  button.addEventListener("click", () => print());

// The theme takes the focus from a menu's button when it is used; here it comes back, at once or
// when the menu closes. A menu closes when a part of the page is chosen in it.
for (const kind of ["primary", "secondary"]) {
  const button = document.querySelector(`.${kind}-toggle`);
  const menu = document.querySelector(`#pst-${kind}-sidebar-modal`);
  if (!button || !menu) continue;
  let chosen = false;
  document.addEventListener("click", ({ target }) => { // the theme lets nobody hear of it later
    if (button.contains(target)) setTimeout(() => menu.open || button.focus());
  }, true);
  menu.addEventListener("click", ({ target }) => {
    chosen = target.closest("a[href^='#']") !== null;
    if (chosen) menu.close();
  });
  menu.addEventListener("close", () => chosen || button.focus({ preventScroll: true }));
}

// A figure or a table that is wider than its box says so, and whoever moves by keyboard can scroll it.
const resized = new ResizeObserver((all) => {
  for (const { target } of all) {
    const wide = target.scrollWidth > target.clientWidth;
    target.classList.toggle("scrolls", wide);
    if (!target.matches(".wide-figure")) continue;  // tables have their names
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "Figure"]])
      if (wide) target.setAttribute(name, value);
      else target.removeAttribute(name);
  }
});
for (const box of document.querySelectorAll(".wide-figure, .course-table")) resized.observe(box);

// A loop that is stopped leaves its last frame in sight.
for (const loop of document.querySelectorAll('details[name^="loop-"]'))
  loop.addEventListener("toggle", () => {
    const [still, moving] = document.getElementsByName(loop.getAttribute("name"));
    if (!still.open && !moving.open) still.open = true;
  });
