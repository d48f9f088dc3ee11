// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tar files for tests: ustar, with sizes in octal, in base 256 or by pax records. */
public final class TarBuilder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Adds a regular file. */
  public TarBuilder file(String name, byte[] content) {
    header(name, '0', String.format("%011o\0", content.length).getBytes(StandardCharsets.US_ASCII));
    return content(content);
  }

  TarBuilder base256(String name, byte[] content) {
    header(
        name,
        '0',
        ByteBuffer.allocate(12).put((byte) 0x80).putInt(4, 0).putInt(8, content.length).array());
    return content(content);
  }

  TarBuilder pax(String name, byte[] content) {
    byte[] records =
        paxRecord("mtime=1.5")
            .concat(paxRecord("size=" + content.length))
            .getBytes(StandardCharsets.US_ASCII);
    header(
        "PaxHeader/" + name,
        'x',
        String.format("%011o\0", records.length).getBytes(StandardCharsets.US_ASCII));
    content(records);
    header(name, '0', String.format("%011o\0", 0).getBytes(StandardCharsets.US_ASCII));
    return content(content);
  }

  private static String paxRecord(String text) {
    int length = text.length() + 2;
    while (length != text.length() + 2 + Integer.toString(length).length()) {
      length = text.length() + 2 + Integer.toString(length).length();
    }
    return length + " " + text + "\n";
  }

  TarBuilder longName(String name, byte[] content) {
    byte[] bytes = (name.repeat(20) + "\0").getBytes(StandardCharsets.US_ASCII);
    header(
        "././@LongLink",
        'L',
        String.format("%011o\0", bytes.length).getBytes(StandardCharsets.US_ASCII));
    content(bytes);
    return file(name, content);
  }

  TarBuilder sparse(String name, byte[] content, int maps) {
    byte[] header =
        block(
            name,
            'S',
            String.format("%011o\0", content.length).getBytes(StandardCharsets.US_ASCII));
    header[482] = (byte) (maps > 0 ? 1 : 0);
    out.writeBytes(summed(header));
    for (int i = 0; i < maps; i++) {
      byte[] map = new byte[512];
      map[504] = (byte) (i < maps - 1 ? 1 : 0);
      out.writeBytes(map);
    }
    return content(content);
  }

  /** A header that promises content, without any. */
  TarBuilder promise(String name, long size) {
    header(name, '0', ByteBuffer.allocate(12).put((byte) 0x80).putLong(4, size).array());
    return this;
  }

  /** Pax records about nothing, which a member should follow. */
  TarBuilder facts(int length) {
    header(
        "PaxHeader/x", 'x', String.format("%011o\0", length).getBytes(StandardCharsets.US_ASCII));
    return content(new byte[length]);
  }

  /** A hard link; its size is that of the file, whose content does not follow. */
  TarBuilder link(String name) {
    header(name, '1', String.format("%011o\0", 123_456).getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  TarBuilder bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** The offset of what comes next. */
  int length() {
    return out.size();
  }

  /** The file, with two blocks of zeros and to a multiple of 10 KiB. */
  public byte[] end() {
    out.writeBytes(new byte[1024]);
    out.writeBytes(new byte[Math.floorMod(-out.size(), 10 << 10)]);
    return out.toByteArray();
  }

  private TarBuilder content(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[Math.floorMod(-content.length, 512)]);
    return this;
  }

  private void header(String name, char type, byte[] size) {
    out.writeBytes(summed(block(name, type, size)));
  }

  private static byte[] block(String name, char type, byte[] size) {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 100, "0000644\0" + "0000000\0".repeat(2));
    System.arraycopy(size, 0, block, 124, 12);
    put(block, 136, "00000000000\0");
    block[156] = (byte) type;
    put(block, 257, "ustar\00000");
    return block;
  }

  private static byte[] summed(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, String.format("%06o\0 ", sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
