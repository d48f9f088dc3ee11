// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Sha256;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a catalog has of a file: docs/format/hsm-catalog.md.
 *
 * @param fid the file
 * @param dataVersion its data version when it was archived
 * @param sha256OrNull the SHA-256 of its bytes, where it is known
 * @param path where it was then, for people
 * @param archived when, with the file's ctime's precision of a nanosecond
 * @param node its attributes and content; the name is not used
 */
public record HsmEntry(
    Fid fid,
    long dataVersion,
    @Nullable Sha256 sha256OrNull,
    PathBytes path,
    FileTime archived,
    TreeNode node) {
  private static final HexFormat HEX = HexFormat.of();
  private static final int NAME = 32;
  private static final PathBytes PATH = PathBytes.of("kmesh.path");
  private static final PathBytes SHA256 = PathBytes.of("kmesh.sha256");
  private static final PathBytes VERSION = PathBytes.of("kmesh.version");

  /** An entry of a file as its stat says. */
  public static HsmEntry of(
      Fid fid,
      long dataVersion,
      @Nullable Sha256 sha256,
      PathBytes path,
      Instant archived,
      FileStat stat,
      Content.File content) {
    FileTime time = new FileTime(archived.getEpochSecond(), archived.getNano());
    TreeNode node =
        new TreeNode(
            PathBytes.EMPTY,
            FileType.REGULAR,
            stat.mode(),
            stat.uid(),
            stat.gid(),
            stat.mtime(),
            time,
            stat.inode(),
            0,
            1,
            List.of(),
            content);
    return new HsmEntry(fid, dataVersion, sha256, path, time, node);
  }

  /** The SHA-256 of its bytes, where it is known. */
  public Optional<Sha256> sha256() {
    return Optional.ofNullable(sha256OrNull);
  }

  /** The file's bytes, holes included. */
  public long size() {
    return node.size();
  }

  /** Where its bytes are. */
  public Content.File content() {
    return (Content.File) node.content();
  }

  /** The name of a file's entry: its FID's parts in hexadecimal, so that names sort as FIDs do. */
  public static PathBytes name(Fid fid) {
    return PathBytes.of(
        HEX.toHexDigits(fid.sequence())
            + HEX.toHexDigits(fid.oid())
            + HEX.toHexDigits(fid.version()));
  }

  /** The entry of a catalog's page. */
  public TreeNode toNode() {
    List<Attribute> attributes = new ArrayList<>();
    if (!path.isEmpty()) {
      byte[] bytes = path.toBytes();
      if (bytes.length <= Attribute.MOST_INLINE) {
        attributes.add(Attribute.of(PATH, bytes));
      }
    }
    sha256().ifPresent(sum -> attributes.add(Attribute.of(SHA256, sum.bytes())));
    attributes.add(
        Attribute.of(VERSION, ByteBuffer.allocate(Long.BYTES).putLong(dataVersion).array()));
    return new TreeNode(
        name(fid),
        FileType.REGULAR,
        node.mode(),
        node.uid(),
        node.gid(),
        node.mtime(),
        archived,
        node.inode(),
        0,
        1,
        attributes,
        node.content());
  }

  /** The FID that a name is of. */
  static Fid fid(PathBytes name) throws ProviderException {
    String digits = name.utf8().orElse("");
    if (digits.length() != NAME || !digits.chars().allMatch(HexFormat::isHexDigit)) {
      throw damaged(name, "its name is no FID");
    }
    return new Fid(
        HexFormat.fromHexDigitsToLong(digits, 0, 16),
        HexFormat.fromHexDigits(digits, 16, 24),
        HexFormat.fromHexDigits(digits, 24, 32));
  }

  /** Reads the entry of a catalog's page. */
  public static HsmEntry of(TreeNode node) throws ProviderException {
    Fid fid = fid(node.name());
    if (!(node.content() instanceof Content.File) || node.content() instanceof Content.Reference) {
      throw damaged(node.name(), "it has no content of a file");
    }
    byte[] version = value(node, VERSION);
    byte[] sum = value(node, SHA256);
    if (version == null || version.length != Long.BYTES || (sum != null && sum.length != 32)) {
      throw damaged(node.name(), "its data version or checksum has another length");
    }
    byte[] path = value(node, PATH);
    try {
      return new HsmEntry(
          fid,
          ByteBuffer.wrap(version).getLong(),
          sum == null ? null : new Sha256(sum),
          path == null ? PathBytes.EMPTY : PathBytes.of(path),
          node.ctime(),
          node);
    } catch (IllegalArgumentException e) {
      throw damaged(node.name(), "its path has a NUL byte");
    }
  }

  private static byte @Nullable [] value(TreeNode node, PathBytes name) {
    for (Attribute attribute : node.attributes()) {
      if (attribute.name().equals(name)) {
        return attribute.value();
      }
    }
    return null;
  }

  private static ProviderException damaged(PathBytes name, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the HSM entry "
            + name
            + ": "
            + reason
            + ". It is damaged; run a check, then a repair.");
  }
}
