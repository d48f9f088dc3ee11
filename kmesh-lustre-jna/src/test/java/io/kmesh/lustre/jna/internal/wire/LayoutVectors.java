// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileLayout;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The captured layouts. */
final class LayoutVectors {
  private LayoutVectors() {}

  /**
   * One of them.
   *
   * @param name its name
   * @param path the path it had
   * @param fid its FID
   * @param files bytes by the xattr's or the function's name
   */
  record Vector(String name, String path, Fid fid, Map<String, Object> files) {
    Optional<byte[]> bytes(String file) {
      return Optional.ofNullable(files.get(file))
          .map(o -> HexFormat.of().parseHex((String) Json.map(o).get("hex")));
    }

    boolean isDirectory() {
      return name.startsWith("dir_") || name.equals("root");
    }

    LayoutSource ioctl() {
      return isDirectory() ? LayoutSource.DIRECTORY : LayoutSource.FILE;
    }

    /** What the ioctl gave, in a buffer of the size that callers use. */
    Optional<FileLayout> ioctlLayout() throws ProviderException {
      Optional<byte[]> bytes = bytes("llapi_file_get_stripe");
      if (bytes.isEmpty()) {
        return Optional.empty();
      }
      byte[] buffer = new byte[65_536];
      java.util.Arrays.fill(buffer, (byte) 0xee);
      System.arraycopy(bytes.get(), 0, buffer, 0, bytes.get().length);
      return Optional.of(LayoutDecoder.decode(ByteBuffer.wrap(buffer), ioctl()));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Vector> all() {
    return Json.list(Json.parse(Reference.text("vectors/layouts/index.json"))).stream()
        .map(Json::map)
        .map(
            e ->
                new Vector(
                    (String) e.get("name"),
                    (String) e.get("path"),
                    Fid.parse((String) e.get("fid")),
                    Json.map(e.get("files"))))
        .toList();
  }

  /** Those that have a layout of their own. */
  static List<Vector> withLayout() {
    return all().stream().filter(v -> v.files.containsKey("lustre.lov")).toList();
  }
}
