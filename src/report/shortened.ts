/** Text of at most so many characters, and how many more there were. */
export function shortened(value: string, length: number): string {
  return value.length <= length ? value : `${value.slice(0, length)}… (${value.length - length} more characters)`
}
