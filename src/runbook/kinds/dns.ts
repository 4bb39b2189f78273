import { Resolver } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { z } from 'zod'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { runCommand } from '../command.ts'
import { stepKind } from '../kind.ts'
import type { Observation } from '../step.ts'
import { command } from '../source-fence.ts'

const lookEveryMs = 1_000
const resolveTimeoutMs = 5_000

/** Switches a name by a command, and waits until a resolver answers with the expected addresses and no others. */
export const dns = stepKind({
  name: 'dns',
  fields: {
    name: z.string().min(1),
    expect: z.array(z.string().refine(isIPv4, { error: 'expected an IPv4 address' })).min(1),
    /** An address, or `address:port`: whom to ask. Without it, the resolvers of this machine. */
    resolver: z.string().min(1).refine(isServer, { error: 'expected an address of a resolver, or address:port' }).optional(), // prettier-ignore
    /** Switches it. Without one the step only waits for somebody else to have done so. */
    switch: command.optional(),
  },
  timeoutMs: 300_000,
  does: (step) => `${step.switch === undefined ? 'wait until' : 'switch'} "${step.name}" ${step.switch === undefined ? 'is' : 'to'} ${step.expect.join(', ')}`, // prettier-ignore
  open: (step, site, { id }) => {
    const look = async (signal: AbortSignal): Promise<Observation> => {
      const answers = await resolved(step.name, step.resolver, signal)
      if (typeof answers === 'string') return { kind: 'unknown', why: answers }
      const text = `"${step.name}" is ${answers.map(({ address, ttl }) => `${address} (TTL ${ttl} s)`).join(', ')}`
      const found = answers.map(({ address }) => address)
      const isSo = found.every((one) => step.expect.includes(one)) && step.expect.every((one) => found.includes(one))
      if (isSo) return { kind: 'done', what: text }
      return step.switch === undefined
        ? { kind: 'blocked', why: text }
        : { kind: 'notDone', what: `${text}; caches may keep that until its TTL is over` }
    }
    return {
      certainty: step.switch === undefined ? 'check' : 'once',
      observe: async ({ signal }) => await look(signal),
      apply: async ({ signal }) => {
        const before = await look(signal)
        const { shell, target, runId } = site
        const env = { ...shell.env, GEOREP_LINK: target.link.name, GEOREP_RUN: runId, GEOREP_STEP: id, GEOREP_NAME: step.name, GEOREP_ADDRESSES: step.expect.join('\n') } // prettier-ignore
        const { failed, isCutShort, output } = await runCommand(step.switch ?? '', { ...shell, env, timeoutMs: 2_147_483_647 }, { signal }) // prettier-ignore
        signal.throwIfAborted()
        if (failed !== undefined) throw new GeorepError(isCutShort ? 'unknown' : 'failed', 'GR-DNS-SWITCH', `the command that switches ${failed}: ${output.slice(-500)}`) // prettier-ignore
        let now = await look(signal)
        while (now.kind !== 'done') {
          await site.time.wait(lookEveryMs, signal)
          now = await look(signal)
        }
        return `${now.what}; before: ${'what' in before ? before.what : before.why}`
      },
    }
  },
})

/** A resolver is not looked up by another. */
function isServer(text: string): boolean {
  try {
    new Resolver().setServers([text])
    return true
  } catch {
    return false
  }
}

/** @returns why it could not be resolved, or the addresses with what is left of their time */
async function resolved(
  name: string,
  server: string | undefined,
  signal: AbortSignal,
): Promise<readonly { readonly address: string; readonly ttl: number }[] | string> {
  const resolver = new Resolver({ timeout: resolveTimeoutMs, tries: 2 })
  const cancel = (): void => { resolver.cancel() } // prettier-ignore
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (server !== undefined) resolver.setServers([server])
    return await resolver.resolve4(name, { ttl: true })
  } catch (error) {
    signal.throwIfAborted()
    return `"${name}" could not be resolved: ${messageOf(error)}`
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
