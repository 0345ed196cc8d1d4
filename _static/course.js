// Two buttons of the theme. It writes what they do into an attribute of the page, which the page's
// policy refuses (tools/site/policy.py).
for (const button of document.querySelectorAll(".btn-fullscreen-button"))
  button.addEventListener("click", () => toggleFullScreen());
for (const button of document.querySelectorAll(".btn-download-pdf-button"))
  button.addEventListener("click", () => print());
