import type { Command } from 'commander'
import { isAclNamed } from '../../core/acl-filter.ts'
import { aclGlob, collected } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface WhichAcls extends GlobalOptions {
  readonly link: string
  readonly principal: readonly string[] | undefined
  readonly resource: readonly string[] | undefined
}

/** `--principal` and `--resource`, which narrow down what a verb is about. */
export function withWhichAcls(command: Command): Command {
  return command
    .option('--principal <glob...>', 'only ACLs of these, such as User:orders-*', collected(aclGlob))
    .option('--resource <glob...>', 'only ACLs about topics, groups and ids of these names', collected(aclGlob))
}

export function wantedAcls({ principal, resource }: WhichAcls): ReturnType<typeof isAclNamed> {
  return isAclNamed({ principals: principal, resources: resource })
}

/** The same, as it would be typed. */
export function filterWords({ principal, resource }: WhichAcls): readonly string[] {
  return [
    ...(principal === undefined ? [] : ['--principal', ...principal]),
    ...(resource === undefined ? [] : ['--resource', ...resource]),
  ]
}
