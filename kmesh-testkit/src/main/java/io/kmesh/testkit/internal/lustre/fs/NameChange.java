// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One change of names: steps in backing directories and the inodes that they change, made whole by
 * the journal. The caller holds the lock of {@link Names} and the stripes of all inodes.
 */
final class NameChange {
  private final Core core;
  private final Journal journal;
  private final List<HostStep> steps = new ArrayList<>();
  private final Map<Fid, Inode> changed = new LinkedHashMap<>();
  private final Map<Fid, Long> replacedOverflows = new LinkedHashMap<>();
  private final Map<Fid, PosixDirectory> hosts = new LinkedHashMap<>();
  private final PendingRecords records;

  NameChange(Core core, Journal journal, DirectoryRef... directories) {
    this.core = core;
    this.journal = journal;
    this.records = core.logs.pending();
    for (DirectoryRef directory : directories) {
      hosts.putIfAbsent(directory.fid(), directory.host());
    }
  }

  /** The inode, the same object for the same FID throughout this change. */
  Inode inode(Fid fid) throws IOException {
    Inode known = changed.get(fid);
    if (known == null) {
      known = core.inodes.read(fid);
      changed.put(fid, known);
    }
    return known;
  }

  /** Adds an inode that is not stored yet. */
  void add(Inode fresh) {
    changed.put(fresh.fid, fresh);
  }

  InodeVars vars(Inode inode) throws IOException {
    return core.inodes.vars(inode);
  }

  void replaceVars(Inode inode, InodeVars vars) throws IOException {
    long replaced = core.inodes.replaceVars(inode, vars);
    if (replaced != 0) {
      replacedOverflows.putIfAbsent(inode.fid, replaced);
    }
  }

  NameChange step(HostStep step) {
    steps.add(step);
    return this;
  }

  NameChange record(int mdt, RecordDraft draft) {
    records.add(mdt, draft);
    return this;
  }

  /**
   * Makes the change.
   *
   * @throws IOException when a step was refused: nothing is changed then
   */
  void commit() throws IOException {
    List<Journal.Image> images = new ArrayList<>();
    for (Inode inode : changed.values()) {
      ByteBuffer slot = InodeCodec.encode(inode);
      images.add(new Journal.Image(inode.fid, slot));
    }
    try {
      records.store();
      journal.write(new Journal.Intent(steps, images));
      int done = 0;
      try {
        for (; done < steps.size(); done++) {
          apply(steps.get(done));
        }
      } catch (IOException e) {
        undo(done, e);
        journal.clear();
        throw e;
      }
      int written = 0;
      for (Inode inode : changed.values()) {
        core.inodes.write(inode, images.get(written++).slot());
      }
      journal.clear();
    } finally {
      records.publish();
    }
    for (Map.Entry<Fid, Long> replaced : replacedOverflows.entrySet()) {
      core.inodes.dropReplacedOverflow(replaced.getKey(), replaced.getValue());
    }
  }

  private void apply(HostStep step) throws IOException {
    if (step instanceof HostStep.MakeDirectory s) {
      core.backing.makeDirectory(s.directory());
    } else if (step instanceof HostStep.RemoveDirectory s) {
      core.backing.removeDirectory(s.directory());
    } else if (step instanceof HostStep.Enter s) {
      core.steps.before("makeSymlink");
      host(s.directory()).makeSymlink(s.name(), s.text().toTarget());
    } else if (step instanceof HostStep.Leave s) {
      core.steps.before("unlink");
      host(s.directory()).unlink(s.name());
    } else if (step instanceof HostStep.Move s) {
      core.steps.before("rename");
      host(s.from())
          .rename(s.name(), host(s.to()), s.toName(), io.kmesh.spi.posix.RenameMode.REPLACE);
    } else if (step instanceof HostStep.Exchange s) {
      core.steps.before("rename");
      host(s.from())
          .rename(s.name(), host(s.to()), s.toName(), io.kmesh.spi.posix.RenameMode.EXCHANGE);
    }
  }

  /** Undoes the steps before a refused one: only directories are made or removed before others. */
  private void undo(int done, IOException cause) {
    for (int i = done - 1; i >= 0; i--) {
      try {
        if (steps.get(i) instanceof HostStep.MakeDirectory s) {
          core.backing.removeDirectory(s.directory());
        } else if (steps.get(i) instanceof HostStep.RemoveDirectory s) {
          core.backing.makeDirectory(s.directory());
        }
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private PosixDirectory host(Fid fid) {
    PosixDirectory host = hosts.get(fid);
    if (host == null) {
      throw new IllegalStateException("A step is in a directory that is not part of it: " + fid);
    }
    return host;
  }
}
