// "Predict first.": the form under a question (tools/site/predict.py) takes the reader's answer,
// opens what follows, and says what the reader had said. It is kept in the browser.
{
  // A browser may forbid a page to keep anything; then it lasts as long as the page.
  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, text) { try { localStorage.setItem(key, text); } catch { /* not kept */ } },
    remove(key) { try { localStorage.removeItem(key); } catch { /* was not kept */ } },
  };
  const answers = [...document.querySelectorAll("details.answer")];

  // What the line says: what was said, then what happens. No praise and no blame.
  const sentence = (form, said) => {
    const right = form.dataset.right.split(" ");
    const kind = form.elements.said.type;
    if (kind === "text") return `You said: “${said}”. Compare it with what follows.`;
    if (kind === "number") {
      const unit = form.dataset.unit ? ` ${form.dataset.unit}` : "";
      const range = [...new Set(right)].join(" to ") + unit;
      const agrees = Number(right[0]) <= Number(said) && Number(said) <= Number(right[1]);
      return `You said ${said}${unit}. ` +
        (agrees ? `That agrees: it is ${range}.` : `It is ${range}: see below.`);
    }
    const options = Array.from(form.elements.said, (input) => input.value);
    const happens = right.map((place) => options[place]);
    return `You said: ${said}. ` + (happens.includes(said)
      ? "That is what happens." : `What happens: ${happens.join("; or: ")}.`);
  };

  // Put back what was said on an earlier visit; false if the question was another one then.
  const refill = (form, said) => {
    form.elements.said.value = said;
    return form.elements.said.value === said;
  };

  const whole = () => kept.get("answers") === "shown";
  const forms = [...document.querySelectorAll("form.predict")].map((form) => {
    const page = location.pathname.replace(/\.html$/, "");
    const key = `predict ${page} ${form.dataset.cell}`;
    const next = form.nextElementSibling;
    const answer = next?.matches("details.answer") ? next : null;
    const [fieldset] = form.elements;
    for (const input of form.querySelectorAll("[type=radio]"))
      input.value = input.parentElement.textContent.trim();
    const line = document.createElement("p");
    line.setAttribute("role", "status");
    const change = document.createElement("button");
    change.type = "button";
    change.textContent = "Change my answer";
    change.hidden = true;
    form.append(line, change);

    const show = (said) => {
      form.classList.toggle("said", said !== null);
      fieldset.hidden = said !== null;
      change.hidden = said === null;
      line.textContent = said === null ? "" : sentence(form, said);
      if (answer) answer.open = said !== null || whole();
    };
    const [slider, field] = form.querySelectorAll("[type=range], [type=number]");
    slider?.addEventListener("input", () => { field.value = slider.value; });
    field?.addEventListener("input", () => { if (field.value) slider.value = field.value; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = form.elements.said.value.trim();
      if (!said) return;
      kept.set(key, said);
      show(said);
      (answer ? answer.firstElementChild : change).focus();
    });
    change.addEventListener("click", () => {
      kept.remove(key);
      show(null);
      (form.querySelector("input:checked") ?? form.querySelector("input")).focus();
    });
    const before = kept.get(key);
    if (before !== null && refill(form, before)) {
      if (slider) slider.value = before;
      show(before);
    }
    return { form, answer };
  });

  // The switch of all chapters: answers are open, or wait until the reader has said something.
  const button = document.querySelector(".asks button");
  const obey = () => {
    document.documentElement.classList.toggle("all-answers", whole());
    if (button) button.textContent = whole() ? "Ask me first, in all chapters" : "Show all answers, in all chapters";
  };
  const settled = (answer) => forms.some((each) =>
    each.answer === answer && each.form.classList.contains("said"));
  button?.addEventListener("click", () => {
    if (whole()) kept.remove("answers"); else kept.set("answers", "shown");
    for (const answer of answers) answer.open = whole() || settled(answer);
    obey();
  });
  if (whole()) for (const answer of answers) answer.open = true;
  obey();

  // A link that leads into something folded opens it; not every browser does so of its own.
  const target = () => {
    try { return document.getElementById(decodeURIComponent(location.hash.slice(1))); }
    catch { return null; }
  };
  const reveal = (moved) => {
    const place = location.hash.length > 1 ? target() : null;
    for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details"))
      if (!fold.open) moved = fold.open = true;
    if (place && moved) place.scrollIntoView();
  };
  addEventListener("hashchange", () => reveal(false));
  reveal(answers.some((answer) => answer.open));  // what opened above it has moved it
}
