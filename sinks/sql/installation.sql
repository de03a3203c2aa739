-- What the installation was made with.
SELECT value FROM installation FINAL WHERE name = {name:String}
