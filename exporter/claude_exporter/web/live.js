// Keeps an open page up to date. Without it the page loads itself again every 30 seconds.
"use strict";
(() => {
  const RETRY = 30000;
  const UNSEEN = 60000;
  const lost = document.getElementById("lost");
  const said = document.getElementById("said");
  if (!window.EventSource || !lost || !said) return;
  let busy = false;
  let again = false;

  const find = (place, element) => {
    if (element.id) return document.getElementById(element.id);
    const href = element.getAttribute("href");
    return [...place.querySelectorAll(element.localName)].find(
      (each) => each.getAttribute("href") === href && each.textContent === element.textContent);
  };

  // Replace what differs, part by part, and keep what the reader has opened and where they are.
  const show = (fresh) => {
    for (const old of document.querySelectorAll("[data-live]")) {
      const made = fresh.getElementById(old.id);
      if (!made || made.innerHTML === old.innerHTML && made.className === old.className) continue;
      for (const open of old.querySelectorAll("details[open]")) {
        const same = made.querySelector(`details[id="${open.id}"]`);
        if (same) same.open = true;
      }
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      const place = document.importNode(made, true);
      old.replaceWith(place);
      const next = focused && find(place, focused);
      if (next) next.focus({ preventScroll: true });
    }
    const icon = document.querySelector("link[rel=icon]");
    const newer = fresh.querySelector("link[rel=icon]");
    if (icon && newer && icon.getAttribute("href") !== newer.getAttribute("href")) {
      icon.replaceWith(document.importNode(newer, true));
    }
    // Said aloud only when the line itself is another one.
    if (document.title !== fresh.title) {
      document.title = fresh.title;
      said.textContent = fresh.title;
    }
  };

  const load = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
    busy = false;
    if (again) { again = false; load(); }
  };

  let events = null;
  const listen = () => {
    const stream = new EventSource("api/v1/events");
    events = stream;
    stream.addEventListener("change", load);
    // Only older, not other: not worth taking away what the reader is just marking.
    stream.addEventListener("tick", () => { if (getSelection().isCollapsed) load(); });
    stream.addEventListener("error", () => {
      load();
      if (stream.readyState !== EventSource.CLOSED) return;
      // Refused, as when all places are taken: the browser does not come back by itself.
      setTimeout(() => { if (events === stream) listen(); }, RETRY);
    });
  };

  // A browser has six connections to one place: a page that nobody sees must not hold one.
  let asking = 0;
  const attend = () => {
    clearInterval(asking);
    if (document.hidden) {
      events.close();
      events = null;
      asking = setInterval(load, UNSEEN);
    } else if (!events) {
      load();
      listen();
    }
  };
  listen();
  document.addEventListener("visibilitychange", attend);
  if (document.hidden) attend();
})();
