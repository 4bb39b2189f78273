import { linkBackOf, type LinkPair } from '../engines/engine.ts'
import { quoted } from './mirrors.ts'
import type { Site } from './site.ts'

/** The link with the one that goes the other way; a sentence where that is not one. */
export async function pairOf(
  { engine, target }: Pick<Site, 'engine' | 'target'>,
  onto: string | undefined,
  options: { readonly signal: AbortSignal },
): Promise<LinkPair | string> {
  const found = await engine.linksBack(target, options)
  const meant = linkBackOf(target.link, found, onto)
  if (meant !== undefined) return { from: target, onto: meant }
  const way = `from "${target.destination.name}" back to "${target.source.name}"`
  const others = found.length === 0 ? '' : `; there are, for onto: ${quoted(found.map(({ link }) => link.name))}`
  return `there is no link ${onto === undefined ? '' : `"${onto}" `}${way} between clusters of these names, or more than one${others}`
}
