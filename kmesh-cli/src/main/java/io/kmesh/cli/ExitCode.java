// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a command ends with; part of its contract, see docs/operations.md. */
final class ExitCode {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int PROBLEMS = 3;
  static final int NOT_FOUND = 10;
  static final int CONFLICT = 11;
  static final int WRONG_PASSWORD = 12;
  static final int DAMAGED = 13;
  static final int INTERRUPTED = 130;

  private ExitCode() {}

  /** For the help: code and meaning. */
  static Map<String, String> list() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put("0", "done");
    codes.put("1", "failed; the reason is on standard error");
    codes.put("2", "the command line is wrong");
    codes.put(
        "3",
        "done, but some entries could not be taken or restored, or are in conflict; they are named."
            + " mirror: some failed, are in conflict or differ."
            + " doctor: something will not work here");
    codes.put("10", "no such repository, snapshot, copy, path or key");
    codes.put("11", "it is there already, or another process was faster; nothing was done");
    codes.put("12", "wrong password");
    codes.put("13", "stored data is damaged");
    codes.put("130", "interrupted; nothing was published. mirror: what was done stays");
    return codes;
  }
}
