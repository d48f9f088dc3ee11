// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.ObjectInfo;
import org.jspecify.annotations.Nullable;

/**
 * All that the requests of a step need.
 *
 * @param number the step's number
 * @param step the step
 * @param attempt the attempt of the step
 * @param attributes what the object is to say, but for its content and attempt; null of a delete
 * @param identity the attempt that the object is to carry: a copy keeps that of its source
 * @param replaced what is in its place; null for nothing
 * @param source what is copied; null of another step
 * @param body the bytes of an object that follows from the index
 * @param file the bytes of a file, closed by the task; null of another step
 * @param holes of a file that is all holes; null of another
 * @param isSparse whether the file's holes can be found
 * @param named the name that the object shows; null for none
 */
record PushTask(
    int number,
    PushStep step,
    String attempt,
    @Nullable MirrorAttributes attributes,
    String identity,
    @Nullable StoredObject replaced,
    @Nullable ObjectInfo source,
    byte[] body,
    @Nullable PosixFile file,
    @Nullable Extents holes,
    boolean isSparse,
    PushView.@Nullable Named named) {
  /**
   * What became of a task.
   *
   * @param task the task
   * @param info the object; null of a delete
   * @param side the key of its side object; empty for none
   * @param body where a file's bytes are now; null of another step
   * @param failure what went wrong; null when nothing did
   */
  record Outcome(
      PushTask task,
      @Nullable ObjectInfo info,
      String side,
      Body.@Nullable InObject body,
      @Nullable Throwable failure) {}
}
