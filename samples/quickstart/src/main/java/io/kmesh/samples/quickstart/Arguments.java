// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A command line: options that take no value, options with one, and what is no option.
 *
 * @param flags those without a value
 * @param values those with one; of a repeated one the last counts
 * @param folders the rest
 */
record Arguments(Set<String> flags, Map<String, String> values, List<String> folders) {

  /**
   * Takes a command line apart. A value follows its option after a space or after =; what follows --
   * is no option.
   *
   * @param flags the options that there are without a value
   * @param valued the options that there are with one
   */
  static Arguments parse(String[] args, Set<String> flags, Set<String> valued)
      throws Options.UsageException {
    Arguments found = new Arguments(new HashSet<>(), new HashMap<>(), new ArrayList<>());
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (arg.equals("--")) {
        found.folders.addAll(List.of(args).subList(i + 1, args.length));
        break;
      }
      if (!arg.startsWith("-")) {
        found.folders.add(arg);
        continue;
      }
      int equals = arg.indexOf('=');
      String name = equals > 0 ? arg.substring(0, equals) : arg;
      String value = equals > 0 ? arg.substring(equals + 1) : null;
      if (flags.contains(name)) {
        if (value != null) {
          throw new Options.UsageException(
              "Cannot use \"" + arg + "\": " + name + " takes no value. See --help.");
        }
        found.flags.add(name);
      } else if (valued.contains(name)) {
        if (value == null && ++i < args.length) {
          value = args[i];
        }
        if (value == null || value.isEmpty()) {
          throw new Options.UsageException(
              "Cannot use " + name + ": its value is missing. See --help.");
        }
        found.values.put(name, value);
      } else {
        throw new Options.UsageException(
            "Cannot use \"" + arg + "\": no such option. See --help.");
      }
    }
    return found;
  }
}
