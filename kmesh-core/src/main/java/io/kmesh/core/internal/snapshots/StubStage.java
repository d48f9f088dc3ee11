// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes released stubs of a restore. Each is made beside its place, complete; when enough wait the
 * repository keeps their contents for them, in one head, and only then they get their names. So a
 * stub that can be seen can be recalled, whatever ends when. Nothing is recalled here. Thread-safe.
 */
final class StubStage {
  private static final int MOST_WAITING = 256;
  private static final String ASIDE = ".kmesh-restore-stub-";
  private static final Set<OpenFlag> LOOK = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);

  private final ArchivedContents contents;
  private final @Nullable LustreBinding lustre;
  private final @Nullable String instance;
  private final FileWriter.Settings settings;
  private final Map<Fid, Waiting> waiting = new HashMap<>(); // guarded by this
  private final AtomicBoolean isRefused = new AtomicBoolean();

  private record Waiting(RestoreTask task, PathBytes aside, ArchivedContents.Stub stub) {}

  StubStage(ArchivedContents contents, RestoreTarget target, FileWriter.Settings settings)
      throws IOException {
    this.contents = contents;
    this.settings = settings;
    boolean imports =
        target.lustre().filter(l -> l.capabilities().contains(LustreCapability.IMPORT)).isPresent();
    this.lustre = imports ? target.lustreOrNull() : null;
    this.instance = lustre == null ? null : FileSystemInstance.find(lustre).orElse(null);
  }

  /**
   * Makes a stub, which has its name after the next {@link #flush}.
   *
   * @param there what has its name
   * @return false when none can be made here: it is another file system than that of the archived
   *     file, or the caller may not import
   */
  boolean write(
      RestoreTask task, TreeNode node, ArchivedContents.Archived archived, Optional<FileStat> there)
      throws IOException {
    if (lustre == null
        || instance == null
        || !archived.reference().instance().equals(Optional.of(instance))) {
      return false;
    }
    PathBytes path = task.path().resolve(node.name());
    if (there.isPresent() && there.get().isRegular()) {
      Fid fid = lustre.identity().fid(task.handle(), node.name());
      if (FileWriter.looksSame(there.get(), node)
          && lustre.hsm().state(fid).isReleased()
          && contents.isHeld(fid, archived)) {
        keep(task, node);
        return true;
      }
    }
    if (there.isPresent()
        && (there.get().isDirectory() || settings.overwrite() == TreeRestore.Overwrite.NEVER)) {
      throw TreeRestore.inTheWay(path);
    }
    PathBytes aside = task.parts().of(ASIDE, node.name());
    Fid fid = make(task, node, aside, archived);
    if (fid == null) {
      return false;
    }
    synchronized (this) {
      task.begin(1);
      waiting.put(
          fid, new Waiting(task, aside, new ArchivedContents.Stub(fid, path, node, archived)));
      if (waiting.size() >= MOST_WAITING) {
        flush();
      }
    }
    return true;
  }

  private @Nullable Fid make(
      RestoreTask task, TreeNode node, PathBytes aside, ArchivedContents.Archived archived)
      throws IOException {
    discard(task, node);
    Fid fid;
    try {
      fid = imported(task, node, aside, archived.reference().archive());
    } catch (ProviderException e) {
      boolean isDenied = e.errno().filter(Errno.EPERM::equals).isPresent();
      if (!isDenied && e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      if (isRefused.compareAndSet(false, true)) {
        settings
            .tally()
            .problem(
                task.path().resolve(node.name()),
                "is restored with its bytes, as all released files: " + e.getMessage());
      }
      return null;
    }
    try (PosixFile stub = task.handle().openFile(aside, LOOK)) {
      settings.attributes().set(stub, node, task.path().resolve(node.name()));
      settings.sync().wrote(stub);
    }
    return fid;
  }

  private Fid imported(RestoreTask task, TreeNode node, PathBytes aside, int archive)
      throws IOException {
    LustreBinding binding = java.util.Objects.requireNonNull(lustre);
    ImportAttributes attributes =
        new ImportAttributes(
            node.mode() & 0777, node.uid(), node.gid(), node.size(), node.mtime(), node.mtime());
    PathBytes path = task.path().resolve(node.name());
    ArchiveId id = ArchiveId.of(archive);
    Layout plain = Layout.plain(1);
    Layout layout = settings.lustre().layout(node, path).orElse(plain);
    try {
      return binding.hsm().importStub(task.handle(), aside, id, attributes, layout);
    } catch (ProviderException e) {
      if (layout.equals(plain) || e.errno().filter(Errno.EINVAL::equals).isEmpty()) {
        throw e;
      }
      settings.lustre().tellDefault(path, e);
      return binding.hsm().importStub(task.handle(), aside, id, attributes, plain);
    }
  }

  /** Sets the attributes of a stub that is there. */
  void keep(RestoreTask task, TreeNode node) throws IOException {
    try (PosixFile stub = task.handle().openFile(node.name(), LOOK)) {
      settings.attributes().set(stub, node, task.path().resolve(node.name()));
      settings.sync().wrote(stub);
    }
  }

  /** Removes what a run that was cut left beside the place of a file. */
  void discard(RestoreTask task, TreeNode node) throws IOException {
    PathBytes aside = task.parts().of(ASIDE, node.name());
    if (lustre != null && task.handle().find(aside).isPresent()) {
      task.handle().unlink(aside);
    }
  }

  /** Gives all that wait their names; those whose contents went are left out with a word. */
  synchronized void flush() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    List<Waiting> all = new ArrayList<>(waiting.values());
    waiting.clear();
    Set<ArchivedContents.Stub> gone =
        Set.copyOf(contents.hold(all.stream().map(Waiting::stub).toList()));
    for (Waiting one : all) {
      if (gone.contains(one.stub())) {
        one.task().handle().unlink(one.aside());
        settings
            .tally()
            .problem(
                one.stub().path(),
                "is left out: its content went from its archive while it was restored");
      } else {
        one.task()
            .handle()
            .rename(one.aside(), one.task().handle(), one.stub().node().name(), RenameMode.REPLACE);
      }
      one.task().written();
    }
  }
}
