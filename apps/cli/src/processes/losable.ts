/** Messages that may be lost: where the other side does not read them, they are left out before they fill the memory. */

/** So many may be on their way at a time. */
const most = 8

/** `send` calls back when the message has left this process. Answers whether it was sent. */
export const losable = <A>(send: (message: A, sent: () => void) => void) => {
  let underWay = 0
  const sent = () => {
    underWay--
  }
  return (message: A): boolean => {
    if (underWay >= most) return false
    underWay++
    send(message, sent)
    return true
  }
}
