// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.SnapshotEntry;
import io.kmesh.engine.repository.SnapshotInfo;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** How results look. */
final class Output {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Output() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode json(SnapshotInfo snapshot) {
    ObjectNode json = object();
    json.put("id", snapshot.id()).put("name", snapshot.name());
    json.put("time", snapshot.time().toString());
    json.put("host", snapshot.host()).put("source", snapshot.source());
    ObjectNode tags = json.putObject("tags");
    snapshot.tags().forEach((k, v) -> tags.put(k, v));
    json.put("files", snapshot.files()).put("directories", snapshot.directories());
    json.put("others", snapshot.others()).put("bytes", snapshot.bytes());
    json.put("problems", snapshot.problems());
    snapshot
        .cut()
        .ifPresent(
            cut -> json.putObject("cut").put("id", cut).put("snapshots", snapshot.cutSnapshots()));
    return json;
  }

  static ObjectNode json(SnapshotEntry entry) {
    ObjectNode json = path(object(), entry.path());
    json.put("type", type(entry.type())).put("mode", "%04o".formatted(entry.mode()));
    json.put("uid", entry.uid()).put("gid", entry.gid()).put("size", entry.size());
    json.put("mtime", entry.mtime().toInstant().toString());
    entry.link().ifPresent(link -> json.put("link", link.toString()));
    return json;
  }

  /** The path for people; where that is not the exact text, its bytes too. */
  static ObjectNode path(ObjectNode json, PathBytes path) {
    String printed = path.toString();
    json.put("path", printed);
    if (!path.utf8().filter(printed::equals).isPresent()) {
      json.put("pathBase64", Base64.getEncoder().encodeToString(path.toBytes()));
    }
    return json;
  }

  static String type(FileType type) {
    return type.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String time(Instant time) {
    return SECONDS.format(time.truncatedTo(ChronoUnit.SECONDS));
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, value < 10 ? "%.2f %s" : "%.1f %s", value, UNITS[unit]);
  }

  /** The mode as ls prints it. */
  static String mode(SnapshotEntry entry) {
    char type =
        switch (entry.type()) {
          case REGULAR -> '-';
          case DIRECTORY -> 'd';
          case SYMLINK -> 'l';
          case FIFO -> 'p';
          case SOCKET -> 's';
          case CHARACTER_DEVICE -> 'c';
          case BLOCK_DEVICE -> 'b';
        };
    char[] text = "rwxrwxrwx".toCharArray();
    for (int i = 0; i < text.length; i++) {
      if ((entry.mode() & 0400 >> i) == 0) {
        text[i] = '-';
      }
    }
    special(text, 2, entry.mode() & 04000, 's');
    special(text, 5, entry.mode() & 02000, 's');
    special(text, 8, entry.mode() & 01000, 't');
    return type + new String(text);
  }

  private static void special(char[] text, int at, int isSet, char letter) {
    if (isSet != 0) {
      text[at] = text[at] == 'x' ? letter : Character.toUpperCase(letter);
    }
  }

  /** Rows in columns that are as wide as their widest cell; the first row is the heading. */
  static String table(List<List<String>> rows) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
