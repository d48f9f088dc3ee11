// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The file that says what a backing directory holds: written once, when it is made. */
final class Superblock {
  private static final int MAGIC = 0x0042534b; // "KSB", version 0

  private Superblock() {}

  /** The shape stored in a directory; null when it holds no file system. */
  static @Nullable Shape read(Path file) throws IOException {
    try {
      return decode(Files.readAllBytes(file), file.toString());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  static void write(Path file, Shape shape) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer content = ByteBuffer.wrap(encode(shape));
      while (content.hasRemaining()) {
        channel.write(content);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  static byte[] encode(Shape shape) {
    ByteWriter body = new ByteWriter(256);
    body.text(shape.name());
    body.u16(shape.mdtCapacities().size());
    shape.mdtCapacities().forEach(body::i64);
    body.u16(shape.ostCapacities().size());
    shape.ostCapacities().forEach(body::i64);
    body.u16(shape.pools().size());
    new TreeMap<>(shape.pools())
        .forEach(
            (name, members) -> {
              body.text(name).u16(members.size());
              members.forEach(body::u16);
            });
    LayoutCodec.write(body, shape.defaultLayout());
    byte[] bytes = body.toBytes();
    return new ByteWriter(bytes.length + 8).i32(MAGIC).i32(checksum(bytes)).bytes(bytes).toBytes();
  }

  static Shape decode(byte[] bytes, String what) throws ProviderException {
    ByteReader in = new ByteReader(bytes, what);
    int magic = in.i32();
    if ((magic & 0xffffff) == MAGIC && magic != MAGIC) {
      throw in.corrupt("its format has version " + (magic >>> 24) + ", this build reads 0");
    }
    if (magic != MAGIC) {
      throw in.corrupt("it does not begin as a simulated Lustre");
    }
    int checksum = in.i32();
    byte[] body = in.bytes(in.remaining());
    if (checksum(body) != checksum) {
      throw in.corrupt("its checksum does not fit");
    }
    in = new ByteReader(body, what);
    String name = in.text();
    List<Long> mdts = longs(in);
    List<Long> osts = longs(in);
    if (mdts.isEmpty() || mdts.size() > Fids.MAX_MDTS || osts.isEmpty()) {
      throw in.corrupt("it names " + mdts.size() + " MDTs and " + osts.size() + " OSTs");
    }
    Map<String, List<Integer>> pools = new TreeMap<>();
    for (int left = in.u16(); left > 0; left--) {
      String pool = in.text();
      List<Integer> members = new ArrayList<>();
      for (int m = in.u16(); m > 0; m--) {
        int ost = in.u16();
        if (ost >= osts.size()) {
          throw in.corrupt("a pool has the unknown OST " + ost);
        }
        members.add(ost);
      }
      pools.put(pool, members);
    }
    return new Shape(name, mdts, osts, pools, LayoutCodec.readLayout(in));
  }

  private static List<Long> longs(ByteReader in) throws ProviderException {
    List<Long> values = new ArrayList<>();
    for (int left = in.u16(); left > 0; left--) {
      values.add(in.i64());
    }
    return values;
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
