// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters that lctl get_param printed, as files in the places where a kernel has them. */
public final class ServerFolder {
  private ServerFolder() {}

  /** A captured file below {@code vectors}. */
  public static String captured(String name) {
    try (InputStream in =
        ServerFolder.class.getResourceAsStream(
            "/io/kmesh/lustre/"
                + (name.startsWith("../") ? name.substring(3) : "vectors/" + name))) {
      if (in == null) {
        throw new IllegalArgumentException("no vector " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Parameters by their names, such as {@code mdt.lustre-MDT0000.hsm.agents}, with their text. */
  public static Map<String, String> parameters(String printed) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>();
    for (String line : printed.lines().toList()) {
      if (line.startsWith("mdt.") || line.startsWith("mdd.")) {
        int equals = line.indexOf('=');
        lines = new ArrayList<>();
        found.put(line.substring(0, equals), lines);
        line = line.substring(equals + 1);
      }
      lines.add(line);
    }
    Map<String, String> texts = new LinkedHashMap<>();
    found.forEach(
        (name, all) -> {
          // The actions were printed a second time behind the last of the others.
          boolean isWord = name.endsWith("hsm_control");
          texts.put(name, isWord ? all.get(0) : String.join("\n", all).stripLeading());
        });
    return texts;
  }

  /** Writes them; words below /sys, lists below /proc, as releases have it that use both. */
  public static void write(Path root, Map<String, String> parameters) throws IOException {
    for (Map.Entry<String, String> one : parameters.entrySet()) {
      boolean isWord = one.getKey().endsWith("hsm_control");
      write(root, (isWord ? "sys" : "proc") + "/fs/lustre/" + one.getKey(), one.getValue());
    }
  }

  private static void write(Path root, String name, String text) throws IOException {
    Path file = root.resolve(name.replace('.', '/'));
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n", StandardCharsets.ISO_8859_1);
  }
}
