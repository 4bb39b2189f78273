import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { messageOf } from '../core/errors.ts'
import type { SandboxDeps } from './deps.ts'
import type { Java } from './java.ts'
import type { KafkaJars } from './kafka-jars.ts'
import { type Marker, markOfJvm, unmarked } from './marker.ts'

/** What a broker, or a worker of Kafka Connect, is run with. */
export interface Kafka {
  readonly jars: KafkaJars
  readonly java: Java
  /** A class archive for a quicker start of the JVM. */
  readonly archive: string | undefined
}

export interface Jvm {
  /** Its working directory, where its temporary files and its logs go, and where its log4j2.properties lies. */
  readonly folder: string
  /** Its logs are `<name>.log`, and what it prints `<name>.out`. */
  readonly name: string
  readonly marker: Marker
  /** Beside those that every JVM of a sandbox has; of two that contradict each other the later wins. */
  readonly jvmOptions: readonly string[]
}

/** The arguments of `java`, up to the name of the class. */
export function jvmArguments(kafka: Kafka, { folder, name, marker, jvmOptions }: Jvm): readonly string[] {
  return [
    ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    // A JVM that is killed would leave both behind: its hsperfdata file, and the native libraries that it unpacks.
    ...['-XX:-UsePerfData', `-Djava.io.tmpdir=${join(folder, 'tmp')}`],
    ...(kafka.archive === undefined ? [] : [`-XX:SharedArchiveFile=${kafka.archive}`]),
    `-Dgeorep.log=${join(folder, `${name}.log`)}`,
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
    ...['-cp', kafka.jars.classpath.join(delimiter)],
    markOfJvm(marker),
    ...jvmOptions,
  ]
}

/**
 * Starts a JVM in a process group of its own, so that a Ctrl-C at the terminal reaches georep and not its brokers:
 * when they end is georep's to decide.
 */
export function startJvm(
  kafka: Kafka,
  jvm: Jvm,
  main: readonly string[],
  deps: Pick<SandboxDeps, 'env'>,
): ChildProcess {
  const output = openSync(join(jvm.folder, `${jvm.name}.out`), 'a')
  try {
    const child = spawn(kafka.java.command, [...jvmArguments(kafka, jvm), ...main], {
      ...{ cwd: jvm.folder, env: { ...unmarked(deps.env) }, detached: true, stdio: ['ignore', output, output] },
    })
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}

/** How the process ended, in words. Never resolves after the signal. */
export async function exitOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('error', (error) => {
      resolve(messageOf(error))
    })
    child.once('exit', (code, by) => {
      resolve(by === null ? `its process ended with code ${code ?? 0}` : `its process was ended by ${by}`)
    })
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}
