/** A row, for messages. */
export function mirrorWhat({
  topic,
  partition,
  link,
}: {
  readonly topic: string
  readonly partition: number
  readonly link: string
}): string {
  return `${topic}/${partition} of link ${link}`
}

export function groupWhat({ group, ...at }: Parameters<typeof mirrorWhat>[0] & { readonly group: string }): string {
  return `group ${group} in ${mirrorWhat(at)}`
}
