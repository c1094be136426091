/// The page's styles. Colours have at least 4.5 to 1 of contrast for text, in light and in dark.
enum StyleSheet {
  static let source = colours + text + tables + parts + narrow + print

  private static let colours = """
    :root {
      --paper: #fff; --ink: #1d2023; --quiet: #5b6067; --line: #dcdfe3; --soft: #f5f6f8;
      --accent: #1a5aa6; --mark: #fff0a8;
      --pass: #14592d; --pass-soft: #e4f3e9; --fail: #9b1219; --fail-soft: #fce6e6;
      --flaky: #6f4400; --flaky-soft: #fcefd3; --skip: #52575e; --skip-soft: #eef0f2;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #14161a; --ink: #e3e6ea; --quiet: #a1a8b1; --line: #343a42; --soft: #1c1f24;
        --accent: #8dbbf3; --mark: #5a4a00;
        --pass: #8ad6a2; --pass-soft: #14301e; --fail: #ffa3a3; --fail-soft: #411a1c;
        --flaky: #f0c26c; --flaky-soft: #3a2c0e; --skip: #abb1b9; --skip-soft: #25292f;
      }
    }

    """

  private static let text = """
    * { box-sizing: border-box; }
    html { color-scheme: light dark; scroll-padding-top: 1rem; }
    body {
      margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 74rem; background: var(--paper);
      color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
      overflow-wrap: anywhere;
    }
    h1 { margin: 2rem 0 .25rem; font-size: 1.6rem; font-weight: 600; line-height: 1.25; }
    h2 { margin: 2.75rem 0 .75rem; font-size: 1.2rem; font-weight: 600; }
    h3 { margin: 0; font-size: 1rem; font-weight: 600; }
    p { margin: .5rem 0; max-width: 60rem; }
    ul, ol { margin: .5rem 0; padding-left: 1.4rem; }
    small { font-size: .8rem; }
    pre, code { font: .8125rem/1.5 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; }
    a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
    :target { scroll-margin-top: 1rem; }
    h3:target { text-decoration: underline var(--accent) 2px; text-underline-offset: .3em; }
    mark { background: var(--mark); color: inherit; }
    footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
    .quiet { color: var(--quiet); font-weight: 400; }
    .cut { color: var(--quiet); font-style: italic; }
    .summary { margin: .75rem 0; padding-left: .85rem; border-left: 4px solid var(--skip); font-size: 1.125rem; }
    .summary.pass { border-color: var(--pass); }
    .summary.fail { border-color: var(--fail); }
    .summary.flaky { border-color: var(--flaky); }
    .word {
      display: inline-block; padding: 0 .45em; border-radius: 3px; font-size: .875rem;
      font-weight: 600; line-height: 1.5;
    }
    .pass.word, td.pass { background: var(--pass-soft); color: var(--pass); }
    .fail.word, td.fail { background: var(--fail-soft); color: var(--fail); }
    .flaky.word, td.flaky { background: var(--flaky-soft); color: var(--flaky); }
    .skip.word, td.skip { background: var(--skip-soft); color: var(--skip); }
    .skip-link {
      position: absolute; left: 1.25rem; top: -4rem; padding: .5rem .75rem; background: var(--paper);
    }
    .skip-link:focus { top: .5rem; }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
    nav a { display: inline-block; padding: .25rem 0; }

    """

  private static let tables = """
    .scroll { overflow-x: auto; margin: .75rem 0; max-width: 100%; }
    table { border-collapse: collapse; font-size: .9375rem; overflow-wrap: normal; }
    caption { padding-bottom: .4rem; text-align: left; color: var(--quiet); font-size: .875rem; }
    th, td { padding: .3rem .65rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
    table:not(.matrix) th:first-child, table:not(.matrix) td:first-child { padding-left: 0; }
    thead th { color: var(--quiet); font-weight: 500; white-space: nowrap; }
    tbody th { font-weight: 500; }
    td.number { text-align: right; font-variant-numeric: tabular-nums; }
    .matrix { border-collapse: separate; border-spacing: 2px; }
    .matrix th, .matrix td { border: 0; }
    .matrix td { padding: 0; border-radius: 3px; }
    .matrix tbody th { white-space: nowrap; }
    .matrix thead th:first-child, .matrix th[scope=rowgroup] { padding-left: 0; }
    .matrix tbody + tbody::before { content: ""; display: table-row; height: .5rem; }
    .matrix td a {
      display: flex; gap: .5rem; align-items: baseline; justify-content: space-between; min-width: 5.5rem;
      padding: .3rem .65rem; color: inherit; font-weight: 600; text-decoration: none;
    }
    .matrix td a:hover { text-decoration: underline; }
    .matrix td small { font-weight: 400; white-space: nowrap; font-variant-numeric: tabular-nums; }

    """

  private static let parts = """
    article { padding: .9rem 0; border-top: 1px solid var(--line); }
    article.fail { padding-left: .85rem; border-left: 4px solid var(--fail); border-top: 0; margin-bottom: 1.5rem; }
    article > details, .console { margin-top: .25rem; }
    details details { margin-left: .9rem; }
    summary { padding: .2rem 0; cursor: pointer; font-weight: 500; }
    summary:hover { color: var(--accent); }
    .findings { font-weight: 500; }
    .names { columns: 18rem; font-size: .9375rem; }
    pre {
      margin: .35rem 0 .75rem; padding: .6rem .75rem; max-height: 34rem; overflow: auto;
      background: var(--soft); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere;
    }
    pre span { display: block; }
    .ends { display: flex; flex-direction: column-reverse; }
    .lines span { padding-left: 9ch; text-indent: -9ch; }
    .lines i {
      display: inline-block; width: 8ch; margin-right: 1ch; color: var(--quiet); font-style: normal;
      text-indent: 0; text-align: right; user-select: none;
    }
    .difference span { padding-left: 2ch; text-indent: -2ch; }
    .difference .added { color: var(--pass); }
    .difference .removed { color: var(--fail); }
    .steps { padding-left: 2.2rem; font-size: .9375rem; }
    .in-fold caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
    .pair { display: flex; flex-wrap: wrap; gap: 0 2.5rem; align-items: flex-start; }
    svg { display: block; }
    .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; list-style: none; font-size: .875rem; }
    .legend li { display: flex; gap: .4rem; align-items: center; }
    .timelines { padding: 0; list-style: none; font-size: .9375rem; }
    .timelines li {
      display: grid; grid-template-columns: minmax(8rem, 17rem) 1fr 8.5rem; gap: .9rem;
      align-items: center; padding: .2rem 0;
    }
    .timelines .figure { font-variant-numeric: tabular-nums; }
    .scale { overflow: visible; }
    .scale text { fill: var(--quiet); font-size: .75rem; }
    .scale line { stroke: var(--quiet); }
    .bar { background: var(--soft); }
    .bar rect { stroke: var(--paper); stroke-width: 1px; }
    .phase-0 { fill: #848b95; } .phase-1 { fill: #4478bd; } .phase-2 { fill: #b97d1c; }
    .phase-3 { fill: #2c8f8b; } .phase-4 { fill: #2c8f8b; } .phase-5 { fill: #64963f; }
    .phase-6 { fill: #8c66b5; } .phase-7 { fill: #6c727a; } .phase-8 { fill: #cf4148; }

    """

  private static let narrow = """
    @media (max-width: 40rem) {
      body { padding: 0 .9rem 2rem; }
      h1 { margin-top: 1.25rem; }
      .timelines li { grid-template-columns: 1fr auto; gap: .1rem .75rem; padding: .45rem 0; }
      .timelines .bar, .timelines .scale { grid-column: 1 / -1; grid-row: 2; }
      .timelines .axis span { display: none; }
      nav a, summary { padding: .45rem 0; }
      .lines span { padding-left: 0; text-indent: 0; }
      .lines i { width: auto; }
    }

    """

  /// On paper everything is unfolded, except the consoles of what passed.
  private static let print = """
    @media print {
      body { max-width: none; padding: 0; font-size: 10pt; }
      nav, .skip-link { display: none; }
      a { color: inherit; text-decoration: none; }
      h2, h3 { break-after: avoid; }
      tr, .timelines li { break-inside: avoid; }
      pre { max-height: none; overflow: visible; border: 1px solid var(--line); }
      pre, code { font-size: 7.5pt; }
      .scroll { overflow: visible; }
      table { overflow-wrap: anywhere; }
      thead th, .matrix tbody th { white-space: normal; }
      .pass pre.lines, .pass .console summary { display: none; }
      details::details-content { content-visibility: visible; block-size: auto; }
      summary { list-style: none; }
      .word, td, .bar, rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      @page { margin: 15mm; }
    }

    """
}
