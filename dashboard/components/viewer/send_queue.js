// States that are sent to the server one after the other.

let queue = Promise.resolve();

// Streamlit joins the states that are sent within one moment into one request. Where one of them is of the loader, the
// request reruns the loader's fragment alone, and the viewer's action waits. So each state gets a turn of its own.
export function sendInTurn(send) {
  queue = queue.then(() => {
    send();
    return new Promise((done) => setTimeout(done));
  });
  return queue;
}
