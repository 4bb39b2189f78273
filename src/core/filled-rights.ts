import type { Right } from './acl.ts'

/** What the placeholders stand for. A name that ends with `*` stands for all that begin so. */
export interface Subject {
  readonly link: string
  readonly sourceTopics: readonly string[]
  readonly mirrorTopics: readonly string[]
  readonly groups: readonly string[]
  /** In which records are saved; absent where none is known of. */
  readonly salvageTopics?: readonly string[]
  /** Of a link of mm2: what MirrorMaker calls the source, and in which group the workers of its Kafka Connect are; with `<` in it where that is not known. */
  readonly connect?: { readonly alias: string; readonly workers: string }
}

/** The right for each of what its placeholder stands for. */
export function filledIn({ operation, resource }: Right, subject: Subject): readonly Right[] {
  if (resource.type === 'cluster') return [{ operation, resource }]
  const { type, name } = resource
  return namesFor(name, subject).map((one) => ({ operation, resource: { type, name: one } }))
}

function namesFor(template: string, subject: Subject): readonly string[] {
  const { link, sourceTopics, mirrorTopics, groups, salvageTopics = [], connect } = subject
  if (template === '<topic>') return sourceTopics
  if (template === '<mirror>') return mirrorTopics
  if (template === '<group>') return groups
  if (template === '<salvage>') return salvageTopics
  const own = template.replace('<link>', link)
  const name = connect === undefined ? own : own.replace('<source>', connect.alias).replace('<workers>', connect.workers) // prettier-ignore
  // Of any link, say: there is no more to a name behind what stands for all.
  return [name.replace(/\*.*$/, '*')]
}
