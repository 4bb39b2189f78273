import type { Subject } from './filled-rights.ts'

/** What a link's record tells of who carries it. */
type CarriedLink =
  | { readonly name: string; readonly engine: 'embedded' }
  | {
      readonly name: string
      readonly engine: 'mm2'
      readonly mm2: { readonly isAdopted: boolean; readonly aliases: { readonly source: string } }
    }

/**
 * What the table of permissions is asked about. In which group the workers of a Connect cluster are is not written down, and of connectors that were there before
 * the link not by what names their topics go: rights on these are not told beforehand.
 */
export function subjectOf(
  link: CarriedLink,
  mirrors: readonly { readonly sourceTopic: string; readonly mirrorTopic: string }[],
  groups: readonly string[],
): Subject {
  const subject = {
    link: link.name,
    sourceTopics: mirrors.map(({ sourceTopic }) => sourceTopic),
    mirrorTopics: mirrors.map(({ mirrorTopic }) => mirrorTopic),
    groups,
  }
  if (link.engine !== 'mm2') return subject
  const { isAdopted, aliases } = link.mm2
  return { ...subject, connect: { alias: isAdopted ? '<source>' : aliases.source, workers: '<workers>' } }
}
