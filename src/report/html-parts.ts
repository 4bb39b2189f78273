import { element, type Content, type Markup } from './markup.ts'

// HTML without CSS: a content policy that blocks scripts blocks `style`, too. The few presentational attributes are out of fashion, and are what is left.

export function heading(level: 1 | 2 | 3, ...content: readonly Content[]): Markup {
  return element(`h${level}`, {}, ...content)
}

export function paragraph(...content: readonly Content[]): Markup {
  return element('p', {}, ...content)
}

export function list(items: readonly Content[]): Markup {
  return element('ul', {}, ...items.map((item) => element('li', {}, item)))
}

export interface HtmlColumn {
  readonly title: string
  readonly align?: 'right'
}

/** A table with a caption; the first cell of a row is its header. */
export function dataTable(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: readonly (readonly Content[])[],
): Markup {
  return element(
    'table',
    tableLook,
    captionOf(caption),
    element(
      'thead',
      {},
      element(
        'tr',
        { bgcolor: headerColour },
        ...columns.map(({ title, align = 'left' }) => element('th', { scope: 'col', align }, title)),
      ),
    ),
    element(
      'tbody',
      {},
      ...rows.map((cells) =>
        element(
          'tr',
          { valign: 'top' },
          ...cells.map((cell, index) =>
            index === 0
              ? element('th', { scope: 'row', align: 'left' }, cell)
              : element('td', { align: columns[index]?.align, nowrap: isShort(cell) ? 'nowrap' : undefined }, cell),
          ),
        ),
      ),
    ),
  )
}

/** Names and values of one thing. */
export function factTable(
  caption: string,
  facts: readonly (readonly [name: string, value: Content])[],
  { border = 1 }: { readonly border?: number } = {},
): Markup {
  return element(
    'table',
    { ...tableLook, border },
    captionOf(caption),
    element(
      'tbody',
      {},
      ...facts.map(([name, value]) =>
        element(
          'tr',
          { valign: 'top' },
          element('th', { scope: 'row', align: 'left', bgcolor: headerColour }, name),
          element('td', {}, value),
        ),
      ),
    ),
  )
}

/** A chart, with some space around it. */
export function figureOf(drawn: Markup): Markup {
  return element('p', {}, drawn)
}

/**
 * The heading of a section, what is said first, and its chart, together on one printed page: browsers never leave the head of a table behind. It is no
 * table to a screen reader.
 */
export function headedFigure(title: string, said: readonly Content[], drawn: Markup): Markup {
  return element(
    'table',
    { role: 'presentation', border: 0, cellpadding: 0, cellspacing: 0 },
    element('thead', {}, element('tr', {}, element('td', {}, heading(2, title), ...said))),
    // Without a margin of its own: one that spills over to the next page takes the heading along.
    element('tbody', {}, element('tr', {}, element('td', {}, drawn))),
  )
}

export function strong(...content: readonly Content[]): Markup {
  return element('b', {}, ...content)
}

export function code(text: string): Markup {
  return element('code', {}, text)
}

/** A figure that is broken in two is hard to read; a reason is not. */
function isShort(cell: Content): boolean {
  return typeof cell === 'string' && cell.length <= 24
}

/** Browsers put a caption in the middle, and no longer heed its own `align`. */
function captionOf(text: string): Markup {
  return element('caption', {}, element('div', { align: 'left' }, strong(text)))
}

const headerColour = '#eeeeee'
const tableLook = { border: 1, cellpadding: 5, cellspacing: 0 } as const
