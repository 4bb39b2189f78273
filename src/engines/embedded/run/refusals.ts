import type { Time } from '../../../core/time.ts'

/** What the destination refused is tried again after this time, or when the source has it otherwise. */
const againMs = 30_000

interface Refusal {
  readonly value: string | undefined
  readonly why: string
  readonly untilMs: number
}

/** What the destination would not have, by mirror and setting. */
export class Refusals {
  readonly #time: Pick<Time, 'monotonic'>
  readonly #of = new Map<string, Map<string, Refusal>>()

  constructor(time: Pick<Time, 'monotonic'>) {
    this.#time = time
  }

  /** @param why undefined when it was taken */
  note(topic: string, setting: string, { value, why }: { readonly value: string | undefined; readonly why: string | undefined }): void {
    const own = this.#of.get(topic) ?? new Map<string, Refusal>()
    if (why === undefined) own.delete(setting)
    else own.set(setting, { value, why, untilMs: this.#time.monotonic() + againMs })
    this.#of.set(topic, own)
  } // prettier-ignore

  /** Is this not to be tried yet? */
  isHeld(topic: string, setting: string, value: string | undefined): boolean {
    const refusal = this.#get(topic, setting, value)
    return refusal !== undefined && refusal.untilMs > this.#time.monotonic()
  }

  /** Why this was refused when it was tried last; undefined when it was not. */
  why(topic: string, setting: string, value: string | undefined): string | undefined {
    return this.#get(topic, setting, value)?.why
  }

  /** Those that are to be tried, and those that are not yet. */
  split(
    topic: string,
    settings: ReadonlyMap<string, string | undefined>,
  ): { readonly due: ReadonlyMap<string, string | undefined>; readonly held: ReadonlySet<string> } {
    const held = new Set([...settings].filter(([name, value]) => this.isHeld(topic, name, value)).map(([name]) => name))
    return { due: new Map([...settings].filter(([name]) => !held.has(name))), held }
  }

  /** Forgets all other mirrors. */
  keep(topics: ReadonlyMap<string, unknown>): void {
    for (const topic of this.#of.keys()) if (!topics.has(topic)) this.#of.delete(topic)
  }

  #get(topic: string, setting: string, value: string | undefined): Refusal | undefined {
    const refusal = this.#of.get(topic)?.get(setting)
    return refusal !== undefined && refusal.value === value ? refusal : undefined
  }
}
