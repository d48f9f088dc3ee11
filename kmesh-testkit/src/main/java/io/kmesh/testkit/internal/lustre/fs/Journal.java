// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The one change of names that is under way: its steps and the inodes as they will be. Written
 * before the first step and cleared after the last, so that a killed process's change is finished
 * at the next opening, or was never begun. One change at a time (the lock of {@link Names}).
 */
final class Journal implements Closeable {
  /**
   * One intended change.
   *
   * @param steps changes of backing directories, in order
   * @param images the inodes' new slots
   */
  record Intent(List<HostStep> steps, List<Image> images) {}

  /** The new slot of an inode. */
  record Image(Fid fid, ByteBuffer slot) {}

  private static final int MAGIC = 0x004a534b; // "KSJ", version 0
  private static final int HEADER = 12;
  private static final int MAX_BYTES = 1 << 20;

  private final StableChannel file;

  private Journal(StableChannel file) {
    this.file = file;
  }

  static Journal open(Path path, StorageSteps steps) throws IOException {
    return new Journal(StableChannel.open(path, steps));
  }

  void write(Intent intent) throws IOException {
    byte[] payload = encode(intent);
    ByteBuffer all = ByteBuffer.allocate(HEADER + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    all.putInt(MAGIC).putInt(payload.length).putInt(checksum(payload)).put(payload);
    file.write(all.flip(), 0);
  }

  void clear() throws IOException {
    file.write(ByteBuffer.allocate(HEADER), 0);
  }

  /** The change that a killed process left; null when there is none, or it was not begun. */
  @Nullable Intent read() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    if (!file.readFully(header, 0)) {
      return null;
    }
    header.flip();
    int magic = header.getInt();
    int length = header.getInt();
    int checksum = header.getInt();
    if (magic == 0) {
      return null;
    }
    if (magic != MAGIC || length < 0 || length > MAX_BYTES) {
      throw Failures.corrupt("the journal", "it does not begin as a journal of version 0");
    }
    ByteBuffer payload = ByteBuffer.allocate(length);
    // A write that was cut short fails its checksum: no step of it was done.
    if (!file.readFully(payload, HEADER) || checksum(payload.array()) != checksum) {
      return null;
    }
    return decode(payload.array());
  }

  void sync() throws IOException {
    file.sync();
  }

  static byte[] encode(Intent intent) {
    ByteWriter out = new ByteWriter(4096);
    out.u16(intent.steps().size());
    intent.steps().forEach(step -> step.write(out));
    out.u16(intent.images().size());
    for (Image image : intent.images()) {
      byte[] slot = new byte[InodeCodec.SLOT_BYTES];
      image.slot().duplicate().get(slot);
      out.fid(image.fid()).bytes(slot);
    }
    return out.toBytes();
  }

  static Intent decode(byte[] payload) throws ProviderException {
    ByteReader in = new ByteReader(payload, "the journal");
    List<HostStep> steps = new ArrayList<>();
    for (int left = in.u16(); left > 0; left--) {
      steps.add(HostStep.read(in));
    }
    List<Image> images = new ArrayList<>();
    for (int left = in.u16(); left > 0; left--) {
      Fid fid = in.fid();
      images.add(new Image(fid, ByteBuffer.wrap(in.bytes(InodeCodec.SLOT_BYTES))));
    }
    if (in.hasMore()) {
      throw in.corrupt("bytes follow its last inode");
    }
    return new Intent(steps, images);
  }

  private static int checksum(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
