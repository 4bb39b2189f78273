import { expect } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { GeorepError } from '../../../src/core/errors.ts'
import { capturedContext, type Ran } from '../../support/context.ts'
import { eventually } from './observe.ts'

/** A command in this process that goes on until it is stopped. */
export interface Going {
  readonly err: () => string
  /** Resolves when stderr has the text. @throws when it does not come */
  readonly says: (text: string) => Promise<void>
  /** As Ctrl-C does. */
  readonly stop: () => Promise<Ran>
}

export function startHere(argv: readonly string[], context: Parameters<typeof capturedContext>[0]): Going {
  const stop = new AbortController()
  const captured = capturedContext({ ...context, signal: stop.signal })
  let code: Ran['code'] | undefined
  const ended = main(argv, captured.context).then((one) => (code = one))
  return {
    err: captured.err,
    says: async (text) => {
      const isSaid = async (): Promise<boolean> => await Promise.resolve(code !== undefined || captured.err().includes(text)) // prettier-ignore
      await eventually(`georep says ${text}`, isSaid).catch(() => undefined)
      expect(captured.err()).toContain(text)
    },
    stop: async () => {
      stop.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted'))
      return { code: await ended, out: captured.out(), err: captured.err() }
    },
  }
}
