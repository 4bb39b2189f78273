import { groupRight, idRight, type Right, topicRight } from './acl.ts'

/** The sides of a link. */
export type Side = 'source' | 'destination'

export interface Need {
  readonly side: Side
  /** Names hold placeholders, such as `<topic>`, for what the link carries: see `Subject` in permissions.ts. */
  readonly right: Right
  /** What is missing without it, where the verb does its work all the same. */
  readonly without?: string
}

export const stateTopic = '__georep'
export const actId = 'georep-act-<link>'

export const source = (...rights: readonly Right[]): readonly Need[] =>
  rights.map((right) => ({ side: 'source', right }))
export const destination = (...rights: readonly Right[]): readonly Need[] => rights.map((right) => ({ side: 'destination', right })) // prettier-ignore
export const optional = (side: Side, right: Right, without: string): readonly Need[] => [{ side, right, without }]

export const readsState = destination(topicRight('Read', stateTopic))
export const actsOnLink = destination(topicRight('Write', stateTopic), topicRight('Read', stateTopic), idRight('Write', actId)) // prettier-ignore
export const looksAtMirrors = [
  ...source(topicRight('Describe', '<topic>')),
  ...readsState,
  ...destination(topicRight('Describe', '<mirror>')),
]

/** Of applications that write to the source in transactions. */
export const namesHolders = optional('source', idRight('Describe', '*'), 'of who holds a mirror back the producer id alone is known') // prettier-ignore

/** Names of a drill's own topic and group. */
export const canary = 'georep-canary-*'
export const canaryGroup = 'georep-canary-app-*'
/** A drill makes them, and takes them away again. */
export const drillsOnSource = source(
  topicRight('Describe', '<topic>'),
  topicRight('Create', canary),
  topicRight('Read', canary),
  topicRight('Write', canary),
  topicRight('DescribeConfigs', canary),
  topicRight('Delete', canary),
  groupRight('Read', canaryGroup),
  groupRight('Delete', canaryGroup),
)
