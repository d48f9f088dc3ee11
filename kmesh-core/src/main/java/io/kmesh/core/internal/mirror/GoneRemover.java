// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Removes the objects below a prefix whose entry is not in the tree any more. Only an answer of the
 * tree itself that there is none counts: what can't be asked for stays. It needs no memory of what
 * was exported. One thread; used once.
 */
final class GoneRemover {
  private final MirrorSettings settings;
  private final TreeOptions options;
  private final MirrorObjects objects;
  private final MirrorKeys keys;

  /**
   * A remover.
   *
   * @param keys of the export: an object at a key of another form is gone too
   */
  GoneRemover(
      MirrorSettings settings, TreeOptions options, MirrorObjects objects, MirrorKeys keys) {
    this.settings = settings;
    this.options = options;
    this.objects = objects;
    this.keys = keys;
  }

  void run(PosixTree tree, PathBytes root, TreeTally tally) throws IOException {
    try (PosixDirectory top = tree.openDirectory(root)) {
      ListRequest request = ListRequest.prefix(objects.full(""));
      while (true) {
        ListPage page = objects.list(Retrier.Check.NONE, request);
        for (ObjectInfo listed : page.objects()) {
          checkCancelled();
          Optional<String> key = objects.relative(listed.key());
          if (key.isPresent() && TreeImport.isEntry(key.get())) {
            try {
              object(top, key.get(), tally);
            } catch (IOException e) {
              tally.failed(Subject.object(objects, key.get()), e);
            }
          }
        }
        if (page.nextAfter().isEmpty()) {
          return;
        }
        request = request.following(page);
      }
    }
  }

  private void checkCancelled() throws ProviderException {
    if (options.cancelled.getAsBoolean()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on to remove what is gone from "
              + settings.store.uri()
              + ": it was cancelled. Export again to continue.");
    }
  }

  private void object(PosixDirectory top, String key, TreeTally tally) throws IOException {
    if (key.equals(MirrorKeys.ROOT)) {
      return;
    }
    boolean isSaid = MirrorKeys.saysPath(key);
    if (isSaid && isThere(top, key)) {
      return; // the usual case, without a request
    }
    Subject subject = Subject.object(objects, key);
    Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
    if (info.isEmpty() || !info.get().metadata().containsKey(MirrorAttributes.FORMAT)) {
      if (info.isPresent()) {
        tally.skipped(
            subject,
            "Cannot remove "
                + subject.key()
                + ": it is not Kmesh's. Remove it yourself where it has no use.");
      }
      return;
    }
    MirrorAttributes attributes = objects.attributes(Retrier.Check.NONE, key, info.get());
    boolean isDirectory = attributes.type().equals("dir");
    if (!isSaid && isThere(top, attributes.path(key), s -> s.isDirectory() == isDirectory)) {
      return;
    }
    if (isKept(
        isSaid ? subject : subject.at(attributes.path(key)), info.get(), attributes, tally)) {
      return;
    }
    if (objects.delete(key, info.get().etag()) == MirrorObjects.Deletion.GONE) {
      Optional<String> side = attributes.text(MirrorAttributes.SIDE);
      if (side.isPresent()) {
        objects.deleteOwn(side.get());
      }
      tally.removed(subject);
    }
  }

  /** What somebody changed, or a conflict put beside, goes by nobody's absence. */
  private boolean isKept(
      Subject subject, ObjectInfo info, MirrorAttributes attributes, TreeTally tally)
      throws ProviderException {
    Optional<String> why =
        options.conflicts == MirrorConflict.LOCAL_WINS
            ? Optional.empty()
            : ConflictRule.changed(info, attributes);
    PathBytes path = subject.path();
    if (path != null && !path.isEmpty() && ConflictRule.isBeside(path.name())) {
      why = Optional.of("a conflict gave it its name");
    }
    why.ifPresent(
        reason ->
            tally.skipped(
                subject,
                "Cannot remove "
                    + subject.key()
                    + ": "
                    + reason
                    + ". Remove it yourself where it has no use."));
    return why.isPresent();
  }

  /** Whether the entry is there whose path a key says. */
  boolean isThere(PosixDirectory top, String key) throws IOException {
    PathBytes path;
    try {
      path = MirrorKeys.pathOf(key);
    } catch (ProviderException e) {
      return false; // whose it is shows in its metadata
    }
    return isThere(top, path, s -> keys.canBe(key, s.isDirectory()));
  }

  /** Whether an entry is there and is one that the object can be of. */
  private static boolean isThere(PosixDirectory top, PathBytes path, Predicate<FileStat> isIts)
      throws IOException {
    try (TreeLook look = new TreeLook(top)) {
      return look.find(path).filter(isIts).isPresent();
    }
  }
}
