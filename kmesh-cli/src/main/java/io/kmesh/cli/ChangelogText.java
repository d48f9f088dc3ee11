// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;

/** Changelog records as {@code lfs changelog} prints them, and as JSON. */
final class ChangelogText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.nnnnnnnnn uuuu.MM.dd", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Bits of cr_extra_flags. Source: enum changelog_rec_extra_flags. */
  private static final int HAS_OWNER = 0x1;

  private static final int HAS_NID = 0x2;
  private static final int HAS_OPEN_MODE = 0x4;
  private static final int HAS_XATTR = 0x8;

  /** Bits of an open mode. Source: MDS_FMODE_READ, _WRITE with _TRUNC and _APPEND, _EXEC. */
  private static final int READS = 0x1;

  private static final int WRITES = 0x2 | 0x200 | 0x400;
  private static final int EXECUTES = 0x4;

  private ChangelogText() {}

  /**
   * The line of a record. Names are escaped; the extra flags are those of what the record tells, so
   * without the bit of how a network id is written.
   */
  static String line(ChangelogRecord record) {
    StringBuilder text = new StringBuilder(160);
    text.append(Long.toUnsignedString(record.index()));
    text.append(
        String.format(Locale.ROOT, " %02d%-5s ", record.typeCode(), type(record.typeCode())));
    text.append(TIME.format(record.time()));
    text.append(" 0x").append(Integer.toHexString(record.flags()));
    text.append(" t=").append(fid(record.fid()));
    if (record.jobId() != null && !record.jobId().isEmpty()) {
      text.append(" j=").append(PathBytes.of(record.jobId()));
    }
    int extra = extraFlags(record);
    if (extra != 0) {
      text.append(" ef=0x").append(Integer.toHexString(extra));
    }
    ChangelogRecord.Origin origin = record.origin();
    if (origin != null) {
      if (origin.uid() >= 0) {
        text.append(" u=").append(origin.uid()).append(':').append(origin.gid());
      }
      if (!origin.nid().isEmpty()) {
        text.append(" nid=").append(origin.nid());
      }
    }
    if ((extra & HAS_OPEN_MODE) != 0) {
      text.append(openMode(record.openMode()));
    }
    if (record.xattrName() != null && !record.xattrName().isEmpty()) {
      text.append(" x=").append(record.xattrName());
    }
    if (!record.parent().isZero() || !record.name().isEmpty()) {
      text.append(" p=").append(fid(record.parent()));
      if (!record.name().isEmpty()) {
        text.append(' ').append(record.name());
      }
    }
    ChangelogRecord.RenameSource rename = record.rename();
    if (rename != null && !rename.fid().isZero()) {
      text.append(" s=").append(fid(rename.fid()));
      text.append(" sp=").append(fid(rename.parent()));
      text.append(' ').append(rename.name());
    }
    return text.toString();
  }

  /** The type's name in Lustre's words; of a newer release's type its number. */
  private static String type(int code) {
    return ChangelogType.ofCode(code)
        .map(type -> type == ChangelogType.EXT ? "RNMTO" : type.name())
        .orElse("?" + code);
  }

  /** Lustre prints a sequence of zero without 0x. */
  private static String fid(Fid fid) {
    String text = fid.toString();
    return fid.sequence() == 0 ? text.replace("[0x0:", "[0:") : text;
  }

  private static int extraFlags(ChangelogRecord record) {
    int flags = 0;
    ChangelogRecord.Origin origin = record.origin();
    if (origin != null) {
      flags |= origin.uid() >= 0 ? HAS_OWNER : 0;
      flags |= origin.nid().isEmpty() ? 0 : HAS_NID;
    }
    flags |= record.openMode() != 0 ? HAS_OPEN_MODE : 0;
    flags |= record.xattrName() != null ? HAS_XATTR : 0;
    return flags;
  }

  private static String openMode(int mode) {
    String text =
        ((mode & READS) != 0 ? "r" : "-")
            + ((mode & WRITES) != 0 ? "w" : "-")
            + ((mode & EXECUTES) != 0 ? "x" : "-");
    return text.equals("---") ? "" : " m=" + text;
  }

  /** The record for programs. */
  static ObjectNode json(ChangelogRecord record) {
    ObjectNode json = Output.object();
    json.put("mdt", record.mdt()).put("index", record.index());
    json.put("type", type(record.typeCode())).put("typeCode", record.typeCode());
    json.put("time", record.time().toString());
    json.put("flags", record.flags()).put("fid", record.fid().toString());
    if (!record.parent().isZero()) {
      json.put("parent", record.parent().toString());
    }
    put(json, "name", record.name());
    ChangelogRecord.RenameSource rename = record.rename();
    if (rename != null && !rename.fid().isZero()) {
      ObjectNode source = json.putObject("from");
      source.put("fid", rename.fid().toString()).put("parent", rename.parent().toString());
      put(source, "name", rename.name());
    }
    if (record.jobId() != null) {
      json.put("job", record.jobId());
    }
    ChangelogRecord.Origin origin = record.origin();
    if (origin != null) {
      if (origin.uid() >= 0) {
        json.put("uid", origin.uid()).put("gid", origin.gid());
      }
      if (!origin.nid().isEmpty()) {
        json.put("nid", origin.nid());
      }
    }
    if (record.openMode() != 0) {
      json.put("openMode", record.openMode());
    }
    if (record.xattrName() != null) {
      put(json, "xattr", record.xattrName());
    }
    record
        .hsmEvent()
        .ifPresent(
            event ->
                json.putObject("hsm")
                    .put("event", event.name())
                    .put("errno", record.hsmError())
                    .put("dirty", record.isHsmDirty()));
    return json;
  }

  /** A name for people; where that is not the exact text, its bytes too. */
  private static void put(ObjectNode json, String field, PathBytes name) {
    if (name.isEmpty()) {
      return;
    }
    String printed = name.toString();
    json.put(field, printed);
    if (name.utf8().filter(printed::equals).isEmpty()) {
      json.put(field + "Base64", Base64.getEncoder().encodeToString(name.toBytes()));
    }
  }
}
