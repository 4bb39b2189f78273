import type { ConnectState } from '../connect/answers.ts'
import type { ConnectorRole } from './connectors.ts'

// How the Kafka Connect stands that carries a link: see `LinkView`.

export interface ConnectView {
  /** Without user name and password. */
  readonly url: string
  /** Of the worker that answered; undefined when none did. */
  readonly version: string | undefined
  /** Why it does not answer, or not fully. */
  readonly why: string | undefined
  /** Records are copied once even where a worker dies; undefined when it was not told. */
  readonly isExactlyOnce: boolean | undefined
  /** Empty when it does not answer. */
  readonly connectors: readonly ConnectorView[]
  readonly told: ToldByTopics
  /** What is wrong beside states, or would be soon, one sentence each without a full stop. */
  readonly warnings: readonly string[]
}

export interface ConnectorView {
  readonly role: ConnectorRole
  readonly name: string
  /** Undefined when there is no such connector. A connector that is RUNNING may have tasks that FAILED. */
  readonly state: ConnectState | undefined
  readonly worker: string | undefined
  /** Of one that FAILED. */
  readonly why: string | undefined
  readonly tasks: readonly TaskView[]
}

export interface TaskView {
  readonly id: number
  readonly state: ConnectState
  readonly worker: string
  readonly why: string | undefined
}

/** When something was last told of, by the worker's clock; undefined when it never was. Or why that is not known. */
export type LastTold = { readonly at: Date | undefined } | { readonly why: string }

export interface ToldByTopics {
  /** The last heartbeat that was written to the destination: Kafka Connect reaches it. */
  readonly heartbeat: LastTold
  /** When the last heartbeat was written to the source that came back from there: records get through. */
  readonly dataPath: LastTold
  /** When a group was last found further on than before. */
  readonly checkpoint: LastTold
  /** How long group offsets on the destination may lag behind those on the source by the connector's intervals; undefined when it copies none. */
  readonly groupSyncMs: number | undefined
}
