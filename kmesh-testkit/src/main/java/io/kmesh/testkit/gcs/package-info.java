// SPDX-License-Identifier: Apache-2.0
/**
 * A strict fake of Google Cloud Storage on the loopback interface, written from Google's public
 * documentation of its JSON API (cloud.google.com/storage/docs/json_api) and of the XML API's
 * download: for tests of clients, since no faithful server exists.
 */
@NullMarked
package io.kmesh.testkit.gcs;

import org.jspecify.annotations.NullMarked;
