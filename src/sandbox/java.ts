import { join } from 'node:path'
import { GeorepError } from '../core/errors.ts'
import type { SandboxDeps } from './deps.ts'
import { lastLines, runCommand } from './run-command.ts'

/** Brokers of Kafka 4 need it. */
const leastMajor = 17
const timeoutMs = 20_000

export interface Java {
  readonly command: string
  /** As it says it, such as `17.0.15`. */
  readonly version: string
}

/** Java of `JAVA_HOME`, else of `PATH`. */
export async function findJava(
  deps: Pick<SandboxDeps, 'env'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Java> {
  const home = deps.env['JAVA_HOME'] ?? ''
  const command = home === '' ? 'java' : join(home, 'bin', 'java')
  const next = `install a JDK or JRE ${leastMajor} or newer, or set JAVA_HOME to one`
  const result = await runCommand(command, ['-version'], { env: deps.env, timeoutMs, signal })
  if (result === undefined) {
    throw new GeorepError('failed', 'GR-NO-JAVA', `Kafka needs Java, and there is no "${command}"`, { next })
  }
  const version = javaVersion(result.output)
  if (result.code !== 0 || version === undefined) {
    throw new GeorepError('failed', 'GR-NO-JAVA', `"${command} -version" does not tell a version of Java`, {
      stateNow: lastLines(result.output, 3),
      next,
    })
  }
  if (javaMajor(version) < leastMajor) {
    throw new GeorepError('failed', 'GR-JAVA-TOO-OLD', `"${command}" is Java ${version}, and Kafka needs 17 or newer`, {
      next,
    })
  }
  return { command, version }
}

/** The version in what `java -version` prints, whoever made that Java. */
export function javaVersion(text: string): string | undefined {
  return /version "([0-9][0-9A-Za-z._+-]*)"/.exec(text)?.[1]
}

/** 8 for `1.8.0_392`, 17 for `17.0.15`, 21 for `21-ea`. */
export function javaMajor(version: string): number {
  const [first = '', second = ''] = version.split(/[._+-]/)
  return Number(first === '1' ? second : first)
}
