export interface LinkEnds {
  readonly source: string
  readonly destination: string
}

/** The two clusters of a link, or why its name does not tell. */
export type LinkNameSplit =
  | ({ readonly kind: 'ends' } & LinkEnds)
  /** No hyphen has a cluster on both sides. */
  | { readonly kind: 'unknown' }
  /** Source and destination would be the same cluster. */
  | { readonly kind: 'same'; readonly cluster: string }
  /** Cluster names have hyphens of their own, and several splits fit. */
  | { readonly kind: 'ambiguous'; readonly splits: readonly LinkEnds[] }

/** A link is named `<source>-<destination>`; exactly one hyphen must stand between the names of two different clusters. */
export function splitLinkName(name: string, clusterNames: readonly string[]): LinkNameSplit {
  const known = new Set(clusterNames)
  const fitting: LinkEnds[] = []
  for (let at = name.indexOf('-'); at !== -1; at = name.indexOf('-', at + 1)) {
    const ends = { source: name.slice(0, at), destination: name.slice(at + 1) }
    if (known.has(ends.source) && known.has(ends.destination)) fitting.push(ends)
  }
  const splits = fitting.filter((ends) => ends.source !== ends.destination)
  const [first, second] = splits
  if (first !== undefined && second !== undefined) return { kind: 'ambiguous', splits }
  if (first !== undefined) return { kind: 'ends', ...first }
  const [same] = fitting
  return same === undefined ? { kind: 'unknown' } : { kind: 'same', cluster: same.source }
}
