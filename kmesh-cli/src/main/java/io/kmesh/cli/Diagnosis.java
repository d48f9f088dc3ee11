// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** What a look at this machine found: facts by sections, and what will not work for them. */
final class Diagnosis {
  private static final int LABEL = 21;

  private final ObjectNode json = Output.object();
  private final List<String> lines = new ArrayList<>();
  private final List<Finding> wrong = new ArrayList<>();
  private final List<Finding> unknown = new ArrayList<>();

  /**
   * Something that will not work, or is not known.
   *
   * @param what what does not work
   * @param why the reason
   * @param remedy what to do
   */
  record Finding(String what, String why, String remedy) {}

  /** Facts about one thing. */
  final class Section {
    private final ObjectNode object;

    private Section(String title, ObjectNode object) {
      this.object = object;
      if (!lines.isEmpty()) {
        lines.add("");
      }
      lines.add(title);
    }

    /** The section for programs. */
    ObjectNode json() {
      return object;
    }

    /** A line for people. */
    Section say(String label, String value) {
      lines.add("  " + label + " ".repeat(Math.max(1, LABEL - label.length())) + value);
      return this;
    }

    /** A fact for both. */
    Section fact(String label, String field, String value) {
      object.put(field, value);
      return say(label, value);
    }

    /** Lines for people that belong together. */
    Section table(List<List<String>> rows) {
      Output.table(rows).lines().forEach(line -> lines.add("    " + line));
      return this;
    }
  }

  /** Begins a section that there is one of. */
  Section section(String title, String field) {
    return new Section(title, json.putObject(field));
  }

  /** Begins a section that there are several of. */
  Section item(String title, String field) {
    return new Section(title, array(field).addObject());
  }

  /** Makes sure that there is a list, which may stay empty. */
  ArrayNode array(String field) {
    return json.get(field) instanceof ArrayNode all ? all : json.putArray(field);
  }

  /** Something will not work. */
  void wrong(String what, String why, String remedy) {
    wrong.add(new Finding(what, why, remedy));
  }

  /** Something can't be told from here. */
  void unknown(String what, String why, String remedy) {
    unknown.add(new Finding(what, why, remedy));
  }

  boolean isAllRight() {
    return wrong.isEmpty();
  }

  /** The whole for people. */
  String text() {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line.stripTrailing()).append('\n'));
    if (!unknown.isEmpty()) {
      text.append("\nCan't be told from here\n");
      unknown.forEach(finding -> append(text, finding));
    }
    text.append(wrong.isEmpty() ? "\nEverything works here.\n" : "\nWill not work here\n");
    wrong.forEach(finding -> append(text, finding));
    return text.toString();
  }

  private static void append(StringBuilder text, Finding finding) {
    text.append("  - ").append(finding.what).append(": ").append(finding.why);
    text.append(finding.why.endsWith(".") ? "\n" : ".\n");
    if (!finding.remedy.isEmpty()) {
      text.append("    ").append(finding.remedy).append('\n');
    }
  }

  /** The whole for programs. */
  ObjectNode json() {
    ObjectNode all = json.deepCopy();
    all.put("works", wrong.isEmpty());
    put(all.putArray("problems"), wrong);
    put(all.putArray("unknown"), unknown);
    return all;
  }

  private static void put(ArrayNode all, List<Finding> findings) {
    findings.forEach(
        f -> all.addObject().put("what", f.what).put("why", f.why).put("do", f.remedy));
  }
}
