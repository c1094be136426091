// Checks of the page as it is shown: returns a list of findings.
(() => {
  const findings = [];
  const name = (element) => {
    const id = element.id ? '#' + element.id : '';
    return `${element.tagName.toLowerCase()}${id} "${element.textContent.trim().slice(0, 40)}"`;
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true});
  const label = (element) => {
    const by = element.getAttribute('aria-labelledby');
    if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
    return (element.getAttribute('aria-label') ?? element.textContent).trim();
  };

  // The document.
  if (!document.documentElement.lang) findings.push('the document has no language');
  if (!document.title.trim()) findings.push('the document has no title');
  if (!getComputedStyle(document.documentElement).getPropertyValue('--paper')) findings.push('the styles are not read');
  if (document.compatMode !== 'CSS1Compat') findings.push('quirks mode');
  if (all('script, iframe, object, embed, link, base, form, style + style').length) findings.push('scripts or foreign parts');
  if (all('[style]').length) findings.push('style attributes');
  for (const element of all('*')) {
    for (const attribute of element.attributes) {
      if (/^on/.test(attribute.name)) findings.push(`${name(element)} has ${attribute.name}`);
      if (/^(src|href|action|data|srcset|xlink:href)$/.test(attribute.name) && !attribute.value.startsWith('#')) {
        findings.push(`${name(element)}: ${attribute.name}=${attribute.value}`);
      }
    }
  }
  const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';
  if (!policy.includes("default-src 'none'") || policy.includes('script-src')) findings.push(`policy: ${policy}`);

  // Identifiers and references to them.
  const ids = new Set();
  for (const element of all('[id]')) {
    if (!element.id || ids.has(element.id)) findings.push(`the identifier '${element.id}' is there twice`);
    ids.add(element.id);
  }
  for (const link of all('a[href^="#"]')) {
    if (!ids.has(link.getAttribute('href').slice(1))) findings.push(`${name(link)} leads nowhere`);
    if (!label(link)) findings.push('a link without a name');
    // Speech control: what is shown is part of the name.
    const spoken = label(link).replace(/\s+/g, '').toLowerCase();
    const shown = link.textContent.replace(/\s+/g, '').toLowerCase();
    const word = link.firstChild?.textContent?.trim().toLowerCase() ?? '';
    if (!spoken.includes(shown) && !spoken.startsWith(word)) findings.push(`${name(link)}: its name is '${label(link)}'`);
  }
  for (const element of all('[aria-labelledby]')) {
    for (const id of element.getAttribute('aria-labelledby').split(/\s+/)) {
      if (!ids.has(id)) findings.push(`${name(element)}: no '${id}'`);
    }
  }

  // Landmarks and headings.
  for (const [selector, count] of [['main', 1], ['body > header', 1], ['body > footer', 1], ['nav', 1], ['h1', 1]]) {
    if (all(selector).length !== count) findings.push(`${all(selector).length} of ${selector}`);
  }
  for (const element of document.body.children) {
    if (!element.matches('header, main, footer, nav, .skip-link')) findings.push(`${name(element)} is in no landmark`);
  }
  for (const element of all('nav, section, article, [role="region"]')) {
    if (!label(element) || !(element.hasAttribute('aria-label') || element.hasAttribute('aria-labelledby'))) {
      findings.push(`${name(element)} has no name`);
    }
  }
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) findings.push(`${name(heading)} comes after a heading of level ${level}`);
    if (!heading.textContent.trim()) findings.push('an empty heading');
    level = own;
  }

  // Tables, lists, pictures, folds.
  for (const table of all('table')) {
    if (!table.caption?.textContent.trim()) findings.push('a table without a caption');
    if (!table.querySelector('thead th')) findings.push(`${name(table)} has no head`);
    const widths = new Set([...table.tBodies].flatMap((body) => {
      const spans = [];
      return [...body.rows].map((row) => {
        let width = spans.filter((rest) => rest > 0).length;
        for (const index in spans) spans[index] -= 1;
        for (const cell of row.cells) {
          width += cell.colSpan;
          if (cell.rowSpan > 1) spans.push(cell.rowSpan - 1);
        }
        return width;
      });
    }));
    widths.add([...table.tHead.rows[0].cells].reduce((sum, cell) => sum + cell.colSpan, 0));
    if (widths.size !== 1) findings.push(`${name(table)}: rows of ${[...widths]} columns`);
  }
  for (const header of all('th')) {
    if (!/^(col|row|rowgroup|colgroup)$/.test(header.getAttribute('scope'))) findings.push(`${name(header)} has no scope`);
  }
  for (const list of all('ul, ol')) {
    if ([...list.children].some((item) => item.tagName !== 'LI')) findings.push(`${name(list)} has other parts than items`);
  }
  for (const item of all('li')) {
    if (!item.parentElement.matches('ul, ol')) findings.push(`${name(item)} is in no list`);
  }
  for (const picture of all('svg, img')) {
    const hidden = picture.closest('[aria-hidden="true"]');
    if (!hidden && !(picture.getAttribute('role') === 'img' && picture.getAttribute('aria-label')?.trim())) {
      findings.push('a picture without a name');
    }
    if (picture.closest('[aria-hidden="true"]')?.querySelector('a, [tabindex]')) findings.push('a hidden part has a link');
  }
  for (const details of all('details')) {
    if (details.firstElementChild?.tagName !== 'SUMMARY' || !details.firstElementChild.textContent.trim()) {
      findings.push('a fold without a title');
    }
  }
  for (const part of all('pre, .scroll')) {
    if (part.tabIndex !== 0) findings.push(`${name(part)} scrolls and cannot be reached with the keyboard`);
  }

  // On paper nothing is folded, except the consoles of what passed.
  if (matchMedia('print').matches) {
    for (const part of all('details > :not(summary)')) {
      const left = part.matches('article.pass .console, article.pass .console *');
      if (!left && !isShown(part)) findings.push(`${name(part)} is folded on paper`);
    }
    if (all('article.pass pre.lines').some(isShown)) findings.push('the console of what passed is on paper');
  }

  // Nothing is wider than the window, except within a part that scrolls.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    findings.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
    for (const element of all('body *')) {
      const box = element.getBoundingClientRect();
      if (isShown(element) && box.right > width + 1 && !element.closest('.scroll, pre, svg')) findings.push(`${name(element)} ends at ${Math.round(box.right)}`);
    }
  }

  // Contrast of all texts that are shown, by the formula of WCAG 2.
  const channels = (color) => (color.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const background = (element) => {
    for (let place = element; place; place = place.parentElement) {
      const color = channels(getComputedStyle(place).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const seen = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !isShown(element) || element.closest('title, rect')) continue;
    const style = getComputedStyle(element);
    const color = channels(element.closest('svg') ? style.fill : style.color);
    const behind = background(element);
    const key = `${color} on ${behind}`;
    checked += 1;
    if (seen.has(key)) continue;
    const value = contrast(color, behind);
    seen.set(key, value);
    if (value < 4.5) findings.push(`${name(element)}: contrast ${value.toFixed(2)} (${key})`);
  }
  if (checked < 20) findings.push(`only ${checked} texts were checked`);
  for (const bar of all('.bar rect')) {
    if (!isShown(bar)) continue;
    const fill = channels(getComputedStyle(bar).fill);
    const value = contrast(fill, background(document.body));
    if (value < 3) findings.push(`a bar of ${bar.getAttribute('class')}: contrast ${value.toFixed(2)}`);
  }
  return [...new Set(findings)].slice(0, 40);
})()
