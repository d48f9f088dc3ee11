// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.HsmRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file system of inodes in memory, without names: what the coordinator needs, and no more. */
final class MemoryInodes implements HsmInodes {
  /** A changelog record that was written. */
  record Written(Fid fid, HsmEvent event, int error) {}

  private static final class Node {
    FileType type = FileType.REGULAR;
    byte[] data = new byte[0];
    long size;
    long version;
    long uid;
    int mode = 0644;
    HsmAttributes hsm = HsmAttributes.NONE;
  }

  private final Path directory;
  private final int mdtCount;
  private final Map<Fid, Node> nodes = new HashMap<>();
  private final List<Written> written = new ArrayList<>();
  private int nextOid = 1;
  private long nextVersion = 100;
  private volatile long callerUid;

  MemoryInodes(Path directory, int mdtCount) {
    this.directory = directory;
    this.mdtCount = mdtCount;
  }

  // ---- for tests

  void callAs(long uid) {
    callerUid = uid;
  }

  synchronized Fid create(int mdt, String content) {
    return create(mdt, FileType.REGULAR, content);
  }

  synchronized Fid create(int mdt, FileType type, String content) {
    Node node = new Node();
    node.type = type;
    node.data = content.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    node.size = node.data.length;
    node.version = type == FileType.REGULAR ? nextVersion++ : 0;
    Fid fid = new Fid(0x200000400L + mdt, nextOid++, 0);
    nodes.put(fid, node);
    return fid;
  }

  synchronized void chown(Fid fid, long uid) {
    nodes.get(fid).uid = uid;
  }

  synchronized void unlink(Fid fid) {
    nodes.remove(fid);
  }

  synchronized void write(Fid fid, String content) {
    Node node = nodes.get(fid);
    node.data = content.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    node.size = node.data.length;
    node.version = nextVersion++;
    if (node.hsm.has(HsmFlag.EXISTS)) {
      node.hsm = node.hsm.with(HsmFlag.DIRTY);
    }
  }

  synchronized String content(Fid fid) {
    return new String(nodes.get(fid).data, java.nio.charset.StandardCharsets.UTF_8);
  }

  synchronized void set(Fid fid, HsmAttributes hsm) {
    Node node = nodes.get(fid);
    node.hsm = hsm;
    if (hsm.has(HsmFlag.RELEASED)) {
      node.data = new byte[0];
      node.version = 0;
    }
  }

  synchronized List<Written> records(Fid fid) {
    return written.stream().filter(w -> w.fid().equals(fid)).toList();
  }

  synchronized int count() {
    return nodes.size();
  }

  // ---- HsmInodes

  private Node node(Fid fid) throws IOException {
    Node node = nodes.get(fid);
    if (node == null) {
      throw Refusals.noSuchFile("find", fid);
    }
    return node;
  }

  @Override
  public synchronized boolean exists(Fid fid) {
    return nodes.containsKey(fid);
  }

  @Override
  public synchronized FileStat stat(Fid fid) throws IOException {
    Node node = node(fid);
    FileTime t = new FileTime(0, 0);
    return new FileStat(
        node.type, node.mode, node.uid, 0, node.size, 0, 1, fid.oid(), 1, 0, t, t, t);
  }

  @Override
  public synchronized boolean isRegular(Fid fid) throws IOException {
    return node(fid).type == FileType.REGULAR;
  }

  @Override
  public int mdt(Fid fid) {
    return (int) (fid.sequence() - 0x200000400L);
  }

  @Override
  public List<Integer> mdts() {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < mdtCount; i++) {
      all.add(i);
    }
    return all;
  }

  @Override
  public Fid fid(PosixInode open) throws IOException {
    return ((MemoryFile) open).fid;
  }

  @Override
  public List<PathBytes> paths(Fid fid) {
    return List.of();
  }

  @Override
  public synchronized HsmAttributes attributes(Fid fid) throws IOException {
    return node(fid).hsm;
  }

  @Override
  public synchronized HsmAttributes update(Fid fid, Change change, @Nullable HsmRecord record)
      throws IOException {
    Node node = node(fid);
    node.hsm = change.apply(node.hsm);
    if (record != null) {
      written.add(new Written(fid, record.event(), record.error()));
    }
    return node.hsm;
  }

  @Override
  public synchronized long dataVersion(Fid fid) throws IOException {
    return node(fid).version;
  }

  @Override
  public synchronized Fid createVolatile(Fid of) throws IOException {
    node(of);
    return create(mdt(of), "");
  }

  @Override
  public synchronized PosixFile openInternal(Fid fid, Set<OpenFlag> flags) throws IOException {
    node(fid);
    return new MemoryFile(fid);
  }

  @Override
  public synchronized void swapRestored(Fid file, Fid volatileFid, @Nullable HsmRecord record)
      throws IOException {
    Node node = node(file);
    Node from = node(volatileFid);
    if (!node.hsm.has(HsmFlag.RELEASED)) {
      throw Refusals.of(Errno.EINVAL, "Cannot swap: EINVAL, " + file + " is not released.");
    }
    node.data = from.data;
    node.size = from.data.length;
    node.version = nextVersion++;
    node.hsm = node.hsm.without(HsmFlag.RELEASED, HsmFlag.DIRTY).atVersion(node.version);
    nodes.remove(volatileFid);
    if (record != null) {
      written.add(new Written(file, record.event(), record.error()));
    }
  }

  @Override
  public synchronized void dropVolatile(Fid volatileFid) {
    nodes.remove(volatileFid);
  }

  @Override
  public synchronized void release(Fid fid) throws IOException {
    Node node = node(fid);
    if (node.hsm.has(HsmFlag.RELEASED)) {
      return;
    }
    if (!HsmRules.isAllowed(io.kmesh.lustre.HsmActionKind.RELEASE, 0, node.hsm)
        || node.version != node.hsm.archivedVersion()) {
      throw Refusals.of(Errno.EPERM, "Cannot release " + fid + ": EPERM.");
    }
    set(fid, node.hsm.with(HsmFlag.RELEASED));
  }

  @Override
  public synchronized Fid importStub(
      PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout) {
    Fid fid = create(0, "");
    set(
        fid,
        HsmAttributes.NONE
            .with(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED)
            .inArchive(archiveId.value()));
    nodes.get(fid).size = attributes.size();
    return fid;
  }

  @Override
  public Fid importStub(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout) {
    return importStub(name, archiveId, attributes, layout);
  }

  @Override
  public long callerUid() {
    return callerUid;
  }

  @Override
  public Path coordinatorDirectory() {
    return directory;
  }

  /** An open file; it knows reading and writing only. */
  private final class MemoryFile implements PosixFile {
    private final Fid fid;

    MemoryFile(Fid fid) {
      this.fid = fid;
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      synchronized (MemoryInodes.this) {
        byte[] data = node(fid).data;
        int n = Math.min(target.remaining(), data.length - (int) offset);
        if (n <= 0) {
          return -1;
        }
        target.put(data, (int) offset, n);
        return n;
      }
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      synchronized (MemoryInodes.this) {
        Node node = node(fid);
        int end = (int) offset + source.remaining();
        node.data = Arrays.copyOf(node.data, Math.max(end, node.data.length));
        node.size = node.data.length;
        source.get(node.data, (int) offset, source.remaining());
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (MemoryInodes.this) {
        node(fid).data = Arrays.copyOf(node(fid).data, (int) size);
      }
    }

    @Override
    public OptionalLong nextData(long offset) {
      return OptionalLong.of(offset);
    }

    @Override
    public long nextHole(long offset) throws IOException {
      return MemoryInodes.this.stat(fid).size();
    }

    @Override
    public void allocate(AllocateMode mode, long offset, long length) {}

    @Override
    public FileStat stat() throws IOException {
      return MemoryInodes.this.stat(fid);
    }

    @Override
    public void setMode(int mode) {}

    @Override
    public void setOwner(long uid, long gid) {}

    @Override
    public void setTimes(FileTime atime, FileTime mtime) {}

    @Override
    public List<PathBytes> xattrNames() {
      return List.of();
    }

    @Override
    public Optional<byte[]> xattr(PathBytes name) {
      return Optional.empty();
    }

    @Override
    public void setXattr(PathBytes name, byte[] value, XattrMode mode) {}

    @Override
    public void removeXattr(PathBytes name) {}

    @Override
    public void sync(SyncMode mode) {}

    @Override
    public void close() {}
  }
}
