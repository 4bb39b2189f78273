import type { Blocker, LinkTarget, MirrorPlan } from './engine.ts'

/** Of a topic, in characters. */
const longestName = 249

/** What the names of a source topic and of its mirror leave no room for. */
export function nameBlockers(
  { state, link }: Pick<LinkTarget, 'state' | 'link'>,
  { sourceTopic, mirrorTopic }: Pick<MirrorPlan, 'sourceTopic' | 'mirrorTopic'>,
): readonly Blocker[] {
  const other = state.mirrors(link.name).find((one) => one.sourceTopic === sourceTopic && one.mirrorTopic !== mirrorTopic) // prettier-ignore
  const isTooLong = mirrorTopic.length > longestName
  return [
    ...(other === undefined ? [] : [`it is mirrored by this link already, as "${other.mirrorTopic}"`]),
    ...(isTooLong ? [`"${mirrorTopic}" is longer than the ${longestName} characters of a topic's name`] : []),
  ]
}
