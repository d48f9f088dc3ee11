// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import java.io.IOException;
import java.time.Duration;

/** Finishes or takes back what an earlier process began, as docs/format/mirror.md says. */
final class MirrorRecovery {
  private static final Duration UPLOADS_STAY = Duration.ofDays(7);

  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final Publisher publisher;
  private final Settler settler;
  private final KeyMover mover;

  MirrorRecovery(
      MirrorObjects objects,
      MirrorIndex index,
      Publisher publisher,
      Settler settler,
      KeyMover mover) {
    this.objects = objects;
    this.index = index;
    this.publisher = publisher;
    this.settler = settler;
    this.mover = mover;
  }

  void run(long nowMillis) throws IOException {
    for (Intent intent : index.intents()) {
      if (intent instanceof Intent.Publish p) {
        recover(p, nowMillis);
      } else if (intent instanceof Intent.Move m) {
        mover.recover(m);
      } else if (intent instanceof Intent.Remove r) {
        settler.removeAll(r.fid(), r.attempt());
      }
    }
  }

  private void recover(Intent.Publish intent, long nowMillis) throws IOException {
    boolean mayContinue =
        intent.uploadId() != null
            && intent.content().sha256().isEmpty()
            && nowMillis - intent.begunMillis() < UPLOADS_STAY.toMillis();
    if (mayContinue) {
      // The coordinator sends the action again, and what the store holds need not be sent twice.
      return;
    }
    if (intent.isUpload() && intent.uploadId() == null) {
      objects.abortAll(intent.key());
    }
    publisher.resolve(intent);
  }
}
